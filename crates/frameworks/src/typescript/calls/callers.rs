//! What the callers of a function say of an answer that it passes on unsaid.
//!
//! ```text
//! const loadUser = (id: string): Promise<Response> => fetch(`/users/${id}`);   // says nothing of the body
//! const user: User = await (await loadUser(id)).json();                        // its caller does
//! ```
//!
//! Where several callers say something, the first counts. Deliberately absent: callers of callers.

use std::collections::{HashMap, HashSet};

use alignment_model::code::Call;

use super::answers::{Carrier, Claim};
use super::flow::Flow;
use super::frame::{Activation, Callable, Frame, Place};
use super::keys::Keys;
use super::reads::Reads;
use super::urls::address;
use super::walk::Visitor;
use super::wrappers::Requests;

/// Answers that functions pass on, by the function's address.
#[derive(Default)]
pub(super) struct PassedOn {
    answers: HashMap<usize, Vec<Answer>>,
    /// Names of those functions: other calls need not be looked at.
    names: HashSet<String>,
}

struct Answer {
    carrier: Carrier,
    is_sure: bool,
    keys: Keys,
    /// The calls it answers, by position.
    calls: Vec<usize>,
}

impl PassedOn {
    pub(super) fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    /// Notes that the function around a call returns its answer.
    pub(super) fn note(
        &mut self,
        around: Option<&Activation<'_>>,
        name: &str,
        (carrier, is_sure): (Carrier, bool),
        keys: Keys,
        calls: Vec<usize>,
    ) {
        if let Some(around) = around {
            let answers = self.answers.entry(address(around.function)).or_default();
            answers.push(Answer { carrier, is_sure, keys, calls });
            self.names.insert(last_name(name).to_owned());
        }
    }
}

fn last_name(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// What a caller says of an answer: the claims, the keys as they then are, and the calls that are answered.
pub(super) struct SaidByCaller<'a> {
    pub(super) claims: Vec<Claim<'a>>,
    pub(super) reads: Reads,
    pub(super) keys: Keys,
    pub(super) calls: Vec<usize>,
    /// The function that says it, for people.
    pub(super) caller: String,
}

/// Collects what callers say.
pub(super) struct Callers<'r, 'v, 'n, 'a> {
    pub(super) requests: &'r Requests<'v, 'n, 'a>,
    pub(super) passed: PassedOn,
    pub(super) said: Vec<SaidByCaller<'a>>,
}

impl<'a> Visitor<'a> for Callers<'_, '_, '_, 'a> {
    fn call(&mut self, place: &Place<'a>, call: &'a Call, caller: &str) {
        let Some(name) = call.callee.dotted().and_then(|path| path.last().copied()) else { return };
        if !self.passed.names.contains(name) {
            return;
        }
        let Some(around) = self.requests.around(place) else { return };
        let values = self.requests.values;
        values.begin();
        let Some(callee) = values.callable(&place.at(&call.callee)) else { return };
        let answers = self.passed.answers.get(&address(callee.function)).into_iter().flatten();
        let callable =
            Callable { file: around.file, function: around.function, this: None, outer: Frame::default() };
        for answer in answers {
            let carrier = Some(answer.carrier.clone());
            let mut flow = Flow::of(self.requests, &callable, &place.frame, place, carrier);
            flow.reads.settle(&flow.claims);
            if !answer.is_sure || flow.keys != Keys::None {
                flow.reads = Reads::default();
            }
            if !flow.claims.is_empty() || !flow.reads.is_empty() {
                let reads = flow.reads;
                let keys = answer.keys.clone().then(flow.keys);
                let (calls, caller) = (answer.calls.clone(), caller.to_owned());
                self.said.push(SaidByCaller { claims: flow.claims, reads, keys, calls, caller });
            }
        }
    }
}
