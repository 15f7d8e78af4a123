//! Drawings of names that no viewer wants to see, and of graphs that no viewer takes.

use std::collections::BTreeSet;

use alignment_model::diagram::{Diagram, Edge, FieldNode, Node, PairEdge};
use alignment_model::{Confidence, FileId, Layer, SourceFile, Sources, Span};

use super::mermaid::drawing;
use super::{DIAGRAM_FORMATS, DiagramReport};

const HOSTILE: &str = "a\"b<c>|`d`\n#quot; end\u{1b}[31m&\\";

fn node(layer: Layer, name: &str, distance: usize) -> Node {
    let field = FieldNode { name: "email".into(), contract: "text, not null".into(), rules: BTreeSet::new() };
    Node {
        layer,
        name: name.into(),
        qualname: name.into(),
        span: Span::file_start(FileId::new(0)),
        fields: vec![field],
        distance,
        rules: BTreeSet::new(),
    }
}

fn edge(lower: usize, upper: usize, rules: &[&'static str]) -> Edge {
    let rules: BTreeSet<&'static str> = rules.iter().copied().collect();
    Edge {
        lower,
        upper,
        reason: "the name".into(),
        span: Span::file_start(FileId::new(0)),
        confidence: Confidence::Resolved,
        pairs: vec![PairEdge { lower: 0, upper: 0, rules: rules.clone() }],
        rules,
    }
}

fn written(format: &str, diagram: &Diagram) -> String {
    let sources = Sources::new(vec![SourceFile { path: "a.py".into(), text: "x\n".into() }]);
    let format = DIAGRAM_FORMATS.iter().find(|known| known.name == format).unwrap();
    let mut out = Vec::new();
    (format.write)(&DiagramReport { sources: &sources, diagram }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Tables that one model each maps, the last of them with drift.
fn pairs(n: usize) -> Diagram {
    let mut diagram = Diagram::default();
    diagram.nodes.extend((0..n).map(|at| node(Layer::Database, &format!("table_{at}"), 0)));
    diagram.nodes.extend((0..n).map(|at| node(Layer::Orm, &format!("Model{at}"), 0)));
    diagram.nodes.push(node(Layer::Client, "Alone", 0));
    diagram.edges.extend((0..n).map(|at| edge(at, n + at, if at + 1 == n { &["some-rule"] } else { &[] })));
    diagram
}

#[test]
fn names_of_the_repository_break_out_of_no_label() {
    let diagram = Diagram {
        nodes: vec![node(Layer::Database, HOSTILE, 0), node(Layer::Orm, "User", 1)],
        edges: vec![edge(0, 1, &["some-rule"])],
        ..Diagram::default()
    };
    let expected = "flowchart LR
  subgraph db[\"database\"]
    subgraph n0[\"a#34;b#60;c#62;#124;#96;d#96;#92;n#35;quot#59; end#92;u{1b}[31m#38;#92;\"]
      n0f0[\"email: text, not null\"]
    end
  end
  subgraph orm[\"model\"]
    subgraph n1[\"User\"]
      n1f0[\"email: text, not null\"]
    end
  end
  n0f0 -->|\"some-rule\"| n1f0
  linkStyle 0 stroke:#d1242f,stroke-width:2px
";
    assert_eq!(written("mermaid", &diagram), expected);
    let dot = written("dot", &diagram);
    assert!(dot.contains("<B>a&quot;b&lt;c&gt;|`d`\\n#quot; end\\u{1b}[31m&amp;\\</B>"), "{dot}");
    assert!(dot.contains("n0:f0 -> n1:f0 [style=solid, color=\"#d1242f\", label=\"some-rule\"];"), "{dot}");
    let json: serde_json::Value = serde_json::from_str(&written("json", &diagram)).unwrap();
    assert_eq!(json["version"], 1);
    assert_eq!(json["nodes"][0]["name"], HOSTILE);
    assert_eq!(json["edges"][0]["fields"][0]["rules"][0], "some-rule");
}

#[test]
fn detail_goes_until_the_drawing_fits_and_the_drawing_says_what_went() {
    let diagram = pairs(12);
    let detailed = drawing(&diagram, 50_000, 500);
    assert!(detailed.contains("n0f0 --> n12f0") && !detailed.contains("left out"), "{detailed}");
    let entities = drawing(&diagram, 1_600, 500);
    assert!(entities.contains("n0 --> n12\n") && entities.contains("Alone"), "{entities}");
    assert!(entities.contains("%% left out: the 25 fields\n"), "{entities}");
    let nearest = drawing(&diagram, 50_000, 4);
    assert!(nearest.contains("  n11 -->|\"some-rule\"| n23\n"), "{nearest}");
    assert!(nearest.contains("1 of 1 client type"), "{nearest}");
    assert_eq!(nearest.matches(" --> ").count() + nearest.matches(" -->|").count(), 4, "{nearest}");
}

#[test]
fn the_largest_graph_stays_within_what_viewers_take() {
    let drawn = written("mermaid", &pairs(2_000));
    assert!(drawn.len() <= 50_000 && drawn.matches("-->").count() <= 500);
    assert!(drawn.contains("left out: "), "{drawn}");
}
