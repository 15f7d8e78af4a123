//! The arguments, as clap reads them. Names of formats and rules come from their tables, so that help, errors and behaviour agree.

use std::path::PathBuf;

use alignment_engine::config::{PRESETS, Preset};
use alignment_model::name::did_you_mean;
use alignment_model::{Confidence, Severity};
use alignment_report::diagram::{DIAGRAM_FORMATS, DiagramFormat};
use alignment_report::schema::{SCHEMA_FORMATS, SchemaFormat};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

/// Findings that are shown in full unless asked otherwise.
const DEFAULT_LIMIT: usize = 10;

/// Finds where the layers of a full-stack repository disagree: migrations, SQLAlchemy models, Pydantic schemas, FastAPI routes and
/// TypeScript types. Reads the code; runs none of it, and needs no database and no network.
#[derive(Debug, Parser)]
#[command(name = "alignment", version, max_term_width = 100, propagate_version = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) global: Global,
}

/// Arguments of every command.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Configuration; by default `alignment.yaml` in the folder or one above it
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Worker threads; by default one per core
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Print the time of each stage to standard error
    #[arg(long, global = true)]
    pub(crate) timings: bool,
    /// When to use colour; `NO_COLOR` is honoured
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Report everything, for reading (exit 0 unless `--fail-on` is given)
    Audit(AuditArgs),
    /// The gate: exit 1 on findings, 2 if the check could not run
    Check(CheckArgs),
    /// Mend what can be mended without doubt: print the changes as a diff, or write them
    Fix(FixArgs),
    /// Write down the findings that are there now, so that `check --baseline` reports only others
    Baseline(BaselineArgs),
    /// Print what each layer declares
    Facts(FactsArgs),
    /// Follow one entity or field through every layer
    Trace(TraceArgs),
    /// Print what depends on an entity or field, and what it rests on
    Impact(ImpactArgs),
    /// Draw the contract graph, or the neighbourhood of a name
    Graph(GraphArgs),
    /// Print the database schema that migrations or SQL files make, at any revision
    Schema(SchemaArgs),
    /// Print what made and changed a table or column of the database
    Blame(BlameArgs),
    /// Explain a rule
    Rule(RuleArgs),
    /// Print a script that completes commands and options in a shell
    Completions(CompletionsArgs),
    /// Print the manual page of `alignment` or one of its commands, for `man`
    Man(ManArgs),
    /// Write a commented `alignment.yaml` from what is found, with the mappings that would settle most
    Init(InitArgs),
}

/// Arguments of `audit` and `check`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// How to write the report
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = report_formats())]
    pub(crate) output_format: &'static alignment_report::Format,
    #[command(flatten)]
    pub(crate) output: Output,
    /// Write the report in this format, to this file or to standard output; may be given several times
    #[arg(
        long = "output",
        value_name = "FORMAT[=FILE]",
        value_parser = Destination::parse,
        conflicts_with_all = ["output_format", "output_file"]
    )]
    pub(crate) outputs: Vec<Destination>,
    /// How much to show, and what fails [default: `audit` for `audit`; for `check` what `alignment.yaml` says, else `default`]
    #[arg(long, value_name = "PRESET", value_parser = presets())]
    pub(crate) preset: Option<Preset>,
    /// Exit 1 on findings of this weight or heavier [default: as the preset says for `check`, `never` for `audit`]
    #[arg(long, value_enum, value_name = "WEIGHT")]
    pub(crate) fail_on: Option<FailOn>,
    /// Leave out findings that rest on less sure links
    #[arg(long, value_name = "CONFIDENCE", value_parser = confidences())]
    pub(crate) min_confidence: Option<Confidence>,
    /// Findings shown in full at most, in text
    #[arg(long, value_name = "N", default_value_t = DEFAULT_LIMIT, conflicts_with = "all")]
    pub(crate) limit: usize,
    /// Show every finding in full, in text
    #[arg(long)]
    pub(crate) all: bool,
    /// Only totals, tables and a line for each error, in Markdown: short enough for a comment on GitHub
    #[arg(long)]
    pub(crate) summary_only: bool,
}

/// Arguments of `audit`.
#[derive(Debug, ClapArgs)]
pub(crate) struct AuditArgs {
    #[command(flatten)]
    pub(crate) report: ReportArgs,
    /// Write a test for each error that a test can try, for pytest and vitest, into this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) witness_tests: Option<PathBuf>,
}

/// Arguments of `check`.
#[derive(Debug, ClapArgs)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) report: ReportArgs,
    #[command(flatten)]
    pub(crate) gate: GateArgs,
}

/// What `check` judges, and what it leaves out as known.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Only what is new")]
pub(crate) struct GateArgs {
    /// Report only what this revision does not have; `auto` is the merge base with the default branch, or what CI says it is
    #[arg(long, value_name = "REV|auto")]
    pub(crate) base: Option<String>,
    /// Judge this revision instead of the work tree
    #[arg(long, value_name = "REV", conflicts_with = "staged")]
    pub(crate) head: Option<String>,
    /// Judge what is staged, by default against HEAD
    #[arg(long)]
    pub(crate) staged: bool,
    /// Judge what merging the head (by default HEAD) into the base would make
    #[arg(long, requires = "base", conflicts_with = "staged")]
    pub(crate) merge: bool,
    /// Leave out the findings that this file lists; `alignment baseline` writes it
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
}

impl GateArgs {
    /// Whether git is needed.
    pub(crate) fn names_revisions(&self) -> bool {
        self.base.is_some() || self.head.is_some() || self.staged
    }

    /// Whether the files on disk are judged.
    pub(crate) fn reads_work_tree(&self) -> bool {
        self.head.is_none() && !self.staged && !self.merge
    }
}

/// Arguments of `fix`.
#[derive(Debug, ClapArgs)]
pub(crate) struct FixArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Print a unified diff and change nothing; exit 1 if there is something to change (the default)
    #[arg(long)]
    pub(crate) diff: bool,
    /// Change the files
    #[arg(long, conflicts_with = "diff")]
    pub(crate) write: bool,
    /// Mend findings of this rule, also those that only inform; may be given several times [default: all rules, errors and warnings]
    #[arg(long = "rule", value_name = "RULE")]
    pub(crate) rules: Vec<String>,
    /// Also write files whose present text no commit keeps
    #[arg(long, requires = "write")]
    pub(crate) allow_dirty: bool,
}

/// Arguments of `baseline`.
#[derive(Debug, ClapArgs)]
pub(crate) struct BaselineArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// The file [default: `alignment-baseline.yaml` in the folder of the repository]
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Take out what is mended, and keep the reasons
    #[arg(long)]
    pub(crate) update: bool,
    /// With `--update`, also add what is new
    #[arg(long, requires = "update")]
    pub(crate) add: bool,
}

/// Arguments of `facts`.
#[derive(Debug, ClapArgs)]
pub(crate) struct FactsArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// How to write the facts
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = PlainFormat::Text)]
    pub(crate) output_format: PlainFormat,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// Arguments of `trace`.
#[derive(Debug, ClapArgs)]
pub(crate) struct TraceArgs {
    /// An entity or field, as any layer calls it: `User`, `User.email`, `users.email`
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) target: Target,
    /// How to write the trace
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = PlainFormat::Text)]
    pub(crate) output_format: PlainFormat,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// Arguments of `impact`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ImpactArgs {
    /// An entity or field, as any layer calls it: `users.email`, `UserOut`, `GET /users/{id}`
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) target: Target,
    /// How to write the answer
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = ReadingFormat::Text)]
    pub(crate) output_format: ReadingFormat,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// Arguments of `graph`.
#[derive(Debug, ClapArgs)]
pub(crate) struct GraphArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Draw only what this entity or field rests on and what depends on it
    #[arg(long, value_name = "NAME")]
    pub(crate) focus: Option<String>,
    /// Links away from the focus at most [default: all]
    #[arg(long, value_name = "N", requires = "focus")]
    pub(crate) depth: Option<u16>,
    /// How to draw it
    #[arg(long, value_name = "FORMAT", default_value = "mermaid", value_parser = diagram_formats())]
    pub(crate) output_format: &'static DiagramFormat,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// Arguments of `schema`.
#[derive(Debug, ClapArgs)]
pub(crate) struct SchemaArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// The schema at this revision of Alembic, or the only one that starts so [default: the heads]
    #[arg(long, value_name = "REVISION")]
    pub(crate) at: Option<String>,
    /// The source of the database layer, by its name or path, where there are several
    #[arg(long, value_name = "NAME")]
    pub(crate) source: Option<String>,
    /// How to write the schema
    #[arg(long, value_name = "FORMAT", default_value = "sql", value_parser = schema_formats())]
    pub(crate) output_format: &'static SchemaFormat,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// Arguments of `blame`.
#[derive(Debug, ClapArgs)]
pub(crate) struct BlameArgs {
    /// A table or column of the database, by a name it has or had: `users`, `users.email`
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) target: Target,
    /// The source of the database layer, by its name or path, where several have the table
    #[arg(long, value_name = "NAME")]
    pub(crate) source: Option<String>,
    /// How to write the history
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = PlainFormat::Text)]
    pub(crate) output_format: PlainFormat,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// Arguments of `rule`.
#[derive(Debug, ClapArgs)]
pub(crate) struct RuleArgs {
    /// Name of the rule
    #[arg(required_unless_present = "all")]
    pub(crate) name: Option<String>,
    /// List all rules
    #[arg(long, conflicts_with = "name")]
    pub(crate) all: bool,
    /// How to write it
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = RuleFormat::Text)]
    pub(crate) output_format: RuleFormat,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// Arguments of `init`.
#[derive(Debug, ClapArgs)]
pub(crate) struct InitArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Print it instead of writing the file
    #[arg(long)]
    pub(crate) print: bool,
    /// Replace a file that is there
    #[arg(long, conflicts_with = "print")]
    pub(crate) force: bool,
}

/// What to analyse.
#[derive(Debug, ClapArgs)]
pub(crate) struct Target {
    /// Folder of the repository [default: where `alignment.yaml` is, else the working directory]
    pub(crate) path: Option<PathBuf>,
    /// Also read the schema of this running database: a URL (`postgresql://...`, `mysql://...`), a SQLite file, or `env:NAME` for
    /// a variable that holds one of them
    #[arg(long, value_name = "URL|FILE")]
    pub(crate) database: Vec<String>,
}

/// Where to write.
#[derive(Debug, ClapArgs)]
pub(crate) struct Output {
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) output_file: Option<PathBuf>,
}

/// One report: a format, and where it goes.
#[derive(Clone, Debug)]
pub(crate) struct Destination {
    pub(crate) format: &'static alignment_report::Format,
    /// `None` is standard output.
    pub(crate) file: Option<PathBuf>,
}

impl Destination {
    /// Reads `FORMAT` or `FORMAT=FILE`.
    fn parse(given: &str) -> Result<Self, String> {
        let (name, file) = match given.split_once('=') {
            Some((name, file)) => (name, Some(file)),
            None => (given, None),
        };
        let formats = alignment_report::FORMATS;
        let Some(format) = formats.iter().find(|format| format.name == name) else {
            let names = formats.iter().map(|format| format.name);
            return Err(match did_you_mean(name, names.clone()) {
                Some(nearest) => format!("unknown format `{name}`; did you mean `{nearest}`?"),
                None => {
                    format!("unknown format `{name}`; known are {}", names.collect::<Vec<_>>().join(", "))
                }
            });
        };
        match file {
            Some("") => Err(format!("a file is missing after `{name}=`")),
            file => Ok(Self { format, file: file.map(PathBuf::from) }),
        }
    }
}

impl ReportArgs {
    /// Every report that is asked for.
    pub(crate) fn destinations(&self) -> Vec<Destination> {
        match self.outputs.is_empty() {
            true => vec![Destination { format: self.output_format, file: self.output.output_file.clone() }],
            false => self.outputs.clone(),
        }
    }
}

/// Arguments of `completions`.
#[derive(Debug, ClapArgs)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// Arguments of `man`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ManArgs {
    /// The command [default: `alignment` itself]
    pub(crate) command: Option<String>,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What makes a run fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// A legal row, JSON or line that breaks
    Error,
    /// Likely harm, too
    Warning,
    /// Any finding
    Info,
    /// Nothing
    Never,
}

impl FailOn {
    /// What fails at this weight.
    pub(crate) fn at(severity: Severity) -> Self {
        match severity {
            Severity::Error => FailOn::Error,
            Severity::Warning => FailOn::Warning,
            Severity::Info => FailOn::Info,
        }
    }

    /// The lightest weight that fails.
    pub(crate) fn severity(self) -> Option<Severity> {
        match self {
            FailOn::Error => Some(Severity::Error),
            FailOn::Warning => Some(Severity::Warning),
            FailOn::Info => Some(Severity::Info),
            FailOn::Never => None,
        }
    }
}

/// Formats of `facts`, `trace` and `blame`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlainFormat {
    /// For a terminal
    Text,
    /// For programs
    Json,
}

/// Formats of `impact`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReadingFormat {
    /// For a terminal
    Text,
    /// For reading and keeping
    Markdown,
    /// For programs
    Json,
}

/// Formats of `rule`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RuleFormat {
    /// For a terminal
    Text,
    /// The page as it is written; for all rules, a table
    Markdown,
    /// For programs
    Json,
}

fn report_formats() -> impl TypedValueParser<Value = &'static alignment_report::Format> {
    let formats = alignment_report::FORMATS;
    PossibleValuesParser::new(
        formats.iter().map(|format| PossibleValue::new(format.name).help(format.summary)),
    )
    .try_map(|name| formats.iter().find(|format| format.name == name).ok_or("not in the table of formats"))
}

fn diagram_formats() -> impl TypedValueParser<Value = &'static DiagramFormat> {
    PossibleValuesParser::new(
        DIAGRAM_FORMATS.iter().map(|format| PossibleValue::new(format.name).help(format.summary)),
    )
    .try_map(|name| {
        DIAGRAM_FORMATS.iter().find(|format| format.name == name).ok_or("not in the table of formats")
    })
}

fn presets() -> impl TypedValueParser<Value = Preset> {
    let values = PRESETS.map(|preset| PossibleValue::new(preset.name).help(preset.summary));
    PossibleValuesParser::new(values)
        .try_map(|name| Preset::named(&name).ok_or("not in the table of presets"))
}

fn schema_formats() -> impl TypedValueParser<Value = &'static SchemaFormat> {
    PossibleValuesParser::new(
        SCHEMA_FORMATS.iter().map(|format| PossibleValue::new(format.name).help(format.summary)),
    )
    .try_map(|name| {
        SCHEMA_FORMATS.iter().find(|format| format.name == name).ok_or("not in the table of formats")
    })
}

fn confidences() -> impl TypedValueParser<Value = Confidence> {
    PossibleValuesParser::new(Confidence::ALL.map(Confidence::key)).try_map(|name| {
        Confidence::ALL.into_iter().find(|confidence| confidence.key() == name).ok_or("not a confidence")
    })
}
