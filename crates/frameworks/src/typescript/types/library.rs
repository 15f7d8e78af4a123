//! Types that the language's library, the browser and React declare, as far as contracts use them. Everything else outside
//! the repository is unknown, with that reason.
//!
//! Sources: TypeScript's `lib.es*.d.ts` and `lib.dom.d.ts`; React's type declarations (`@types/react`).

use alignment_model::Why;
use alignment_model::code::{TypeExpr, TypeKind};
use std::rc::Rc;

use super::Types;
use super::kinds::{Env, Form, Kind, Member, Members, Source, Ty};
use crate::typescript::names::Symbol;

impl<'a> Types<'_, 'a> {
    /// A type that nothing in the repository declares, by its dotted name.
    pub(super) fn library_type(&mut self, path: &[Box<str>], arguments: &'a [TypeExpr], env: Env) -> Ty {
        let path: Vec<&str> = path.iter().map(|segment| &**segment).collect();
        let name = match path[..] {
            [name] => name,
            ["React", name] => return self.react(name, arguments, env),
            ["JSX", "Element"] => return self.intern(Kind::Library("Element")),
            _ => return self.unknown(Why::UndefinedName),
        };
        if let Some(ty) = self.utility(name, arguments, env) {
            return ty;
        }
        match name {
            "Array" | "ReadonlyArray" | "Set" | "ReadonlySet" => {
                let element = self.argument(arguments, 0, env);
                self.intern(Kind::List(element))
            }
            "Map" | "ReadonlyMap" => {
                let value = self.argument(arguments, 1, env);
                self.intern(Kind::Map(value))
            }
            "Promise" => {
                let inner = self.argument(arguments, 0, env);
                self.intern(Kind::Promise(inner))
            }
            "Date" => self.intern(Kind::Date),
            "String" => self.intern(Kind::Text),
            "Number" => self.intern(Kind::Number),
            "Boolean" => self.intern(Kind::Bool),
            "Function" | "CallableFunction" => self.intern(Kind::Function),
            "HeadersInit" => {
                let text = self.intern(Kind::Text);
                let pair = self.intern(Kind::List(text));
                let kinds = [Kind::List(pair), Kind::Map(text), Kind::Library("Headers")];
                let parts = kinds.map(|kind| self.intern(kind));
                self.union(parts)
            }
            "BodyInit" => {
                let objects = ["ArrayBuffer", "Blob", "FormData", "ReadableStream", "URLSearchParams"];
                let objects = objects.map(|name| self.intern(Kind::Library(name)));
                let text = self.intern(Kind::Text);
                self.union(objects.into_iter().chain([text]))
            }
            "PropertyKey" => {
                let parts = [Kind::Text, Kind::Number, Kind::Symbol].map(|kind| self.intern(kind));
                self.union(parts)
            }
            _ => match LIBRARY.iter().find(|known| **known == name) {
                Some(known) => self.intern(Kind::Library(known)),
                None => self.unknown(Why::UndefinedName),
            },
        }
    }

    /// A type of a package outside the repository.
    pub(super) fn external_type(
        &mut self,
        module: &'a str,
        path: &[Box<str>],
        arguments: &'a [TypeExpr],
        env: Env,
    ) -> Ty {
        let path: Vec<&str> = path.iter().map(|segment| &**segment).collect();
        match (module, &path[..]) {
            ("react", [name] | ["default", name]) => self.react(name, arguments, env),
            ("svelte", ["Snippet" | "Component" | "ComponentType"]) => self.intern(Kind::Function),
            (module, path) if super::zod::is_zod(module) => self.zod_type(path, arguments, env),
            _ => self.unknown(Why::ExternalName),
        }
    }

    /// Whether a symbol of the project only adds members to a global type of one of these names.
    pub(super) fn is_added_to(&self, symbol: Symbol, names: &[&str]) -> bool {
        names.contains(&self.names.name(symbol)) && self.names.is_global(symbol)
    }

    /// Whether the language's library, or the build tool, has members of its own for an interface of the project.
    pub(super) fn has_library_members(&self, symbol: Symbol) -> bool {
        let name = self.names.name(symbol);
        let is_listed = LIBRARY.contains(&name) || STRUCTURAL.contains(&name) || AUGMENTED.contains(&name);
        let is_element = (name.starts_with("HTML") || name.starts_with("SVG")) && name.ends_with("Element");
        let is_family = is_element || name.ends_with("EventMap") || name.ends_with("Constructor");
        (is_listed || is_family) && self.names.is_global(symbol)
    }

    pub(super) fn argument(&mut self, arguments: &'a [TypeExpr], at: usize, env: Env) -> Ty {
        match arguments.get(at) {
            Some(argument) => self.eval(argument, env),
            None => self.unknown(Why::NotStated),
        }
    }

    fn react(&mut self, name: &str, arguments: &'a [TypeExpr], env: Env) -> Ty {
        if name.ends_with("EventHandler") || REACT_FUNCTIONS.contains(&name) {
            return self.intern(Kind::Function);
        }
        if ["HTMLAttributes", "SVGAttributes", "HTMLProps", "SVGProps"]
            .iter()
            .any(|ending| name.ends_with(ending))
        {
            return self.intern(Kind::Library("HTMLAttributes"));
        }
        let intrinsic = |argument: &TypeExpr| matches!(argument.kind, TypeKind::Literal(_));
        if name.starts_with("ComponentProps") && arguments.first().is_some_and(intrinsic) {
            return self.intern(Kind::Library("HTMLAttributes"));
        }
        match name {
            "ReactNode" => self.react_node(),
            "ErrorInfo" => self.intern(Kind::Library("ErrorInfo")),
            "AriaAttributes" | "DOMAttributes" => self.intern(Kind::Library("HTMLAttributes")),
            "ElementType" => {
                let parts = [Kind::Text, Kind::Function].map(|kind| self.intern(kind));
                self.union(parts)
            }
            "Ref" | "LegacyRef" | "ForwardedRef" => {
                let parts =
                    [Kind::Function, Kind::Library("RefObject"), Kind::Null].map(|kind| self.intern(kind));
                self.union(parts)
            }
            "ReactElement" => self.intern(Kind::Library("ReactElement")),
            "CSSProperties" => self.intern(Kind::Library("CSSProperties")),
            "RefObject" | "MutableRefObject" => self.intern(Kind::Library("RefObject")),
            "Key" => {
                let parts = [Kind::Text, Kind::Number, Kind::BigInt].map(|kind| self.intern(kind));
                self.union(parts)
            }
            "PropsWithChildren" => {
                let inner = self.argument(arguments, 0, env);
                let children = self.children();
                self.intersection(&[inner, children], None)
            }
            _ => self.unknown(Why::ExternalName),
        }
    }

    /// `ReactNode`: nearly anything that can be shown, `null` and `undefined` included.
    fn react_node(&mut self) -> Ty {
        let element = Kind::Library("ReactElement");
        let parts =
            [element, Kind::Text, Kind::Number, Kind::BigInt, Kind::Bool, Kind::Null, Kind::Undefined];
        let parts = parts.map(|kind| self.intern(kind));
        self.union(parts)
    }

    /// `{ children?: ReactNode }`.
    fn children(&mut self) -> Ty {
        let node = self.react_node();
        self.made([("children", node, true)])
    }

    /// An object type of these members: name, type, whether optional.
    fn made<const N: usize>(&mut self, members: [(&str, Ty, bool); N]) -> Ty {
        let mut made = Members::default();
        for (name, ty, optional) in members {
            made.put(Member {
                name: name.into(),
                source: Source::Known(ty),
                optional,
                is_method: false,
                span: None,
                owner: None,
            });
        }
        self.object(Form::Made(Rc::new(made)))
    }

    /// The members of a type of the library that project types extend.
    pub(super) fn library_members(&mut self, name: &str) -> Option<Rc<Members<'a>>> {
        if !name.ends_with("Error") {
            return None;
        }
        let (text, anything) = (self.intern(Kind::Text), self.intern(Kind::Anything));
        let members = [
            ("name", text, false),
            ("message", text, false),
            ("stack", text, true),
            ("cause", anything, true),
        ];
        let ty = self.made(members);
        Some(self.members(ty))
    }
}

/// Types of the library that travel as a list, a map or a value of their own, whatever members they have.
pub(super) const STRUCTURAL: &[&str] = &[
    "Array",
    "Boolean",
    "CallableFunction",
    "Date",
    "Function",
    "Map",
    "Number",
    "Promise",
    "ReadonlyArray",
    "ReadonlyMap",
    "ReadonlySet",
    "Set",
    "String",
];

/// Interfaces of the library, the browser and Vite that projects add members to, beside those of [`LIBRARY`].
const AUGMENTED: [&str; 14] = [
    "Crypto",
    "HTMLElementTagNameMap",
    "ImportMeta",
    "ImportMetaEnv",
    "Intl",
    "JSON",
    "Math",
    "Navigator",
    "Object",
    "Performance",
    "RequestInit",
    "ResponseInit",
    "Screen",
    "ServiceWorkerRegistration",
];

/// Object types of the library and the browser that stand in fields of contracts and their neighbours.
const LIBRARY: [&str; 60] = [
    "AbortController",
    "AbortSignal",
    "ArrayBuffer",
    "Blob",
    "CustomEvent",
    "DataTransfer",
    "DOMRect",
    "Document",
    "Element",
    "Error",
    "EvalError",
    "Event",
    "EventSource",
    "EventTarget",
    "File",
    "FileList",
    "FormData",
    "HTMLAnchorElement",
    "HTMLButtonElement",
    "HTMLCanvasElement",
    "HTMLDivElement",
    "HTMLElement",
    "HTMLFormElement",
    "HTMLImageElement",
    "HTMLInputElement",
    "HTMLSelectElement",
    "HTMLTextAreaElement",
    "HTMLVideoElement",
    "Headers",
    "IntersectionObserver",
    "KeyboardEvent",
    "MediaRecorder",
    "MediaStream",
    "MessageEvent",
    "MouseEvent",
    "MutationObserver",
    "Node",
    "PointerEvent",
    "RangeError",
    "ReadableStream",
    "RegExp",
    "Request",
    "RequestInit",
    "ResizeObserver",
    "Response",
    "SVGElement",
    "SVGSVGElement",
    "Storage",
    "SyntaxError",
    "TypeError",
    "URL",
    "URLSearchParams",
    "Uint8Array",
    "WeakMap",
    "WeakSet",
    "WebSocket",
    "Window",
    "Worker",
    "XMLHttpRequest",
    "AggregateError",
];

/// Types of React that are functions, or classes, which are called with `new`.
const REACT_FUNCTIONS: [&str; 16] = [
    "ComponentClass",
    "ComponentType",
    "Dispatch",
    "DispatchWithoutAction",
    "ExoticComponent",
    "FC",
    "ForwardRefExoticComponent",
    "ForwardRefRenderFunction",
    "FunctionComponent",
    "JSXElementConstructor",
    "LazyExoticComponent",
    "MemoExoticComponent",
    "NamedExoticComponent",
    "ReactEventHandler",
    "RefCallback",
    "VFC",
];
