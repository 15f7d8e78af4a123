// The page: a virtual list of entities and fields, one column for each layer. Everything that is shown is written as text.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const WEIGHTS = ["note", "warning", "error"];
  const CONFIDENCES = ["guessed", "inferred", "resolved", "declared"];
  const COMPARED = ["nothing to compare with", "compared in part", "compared, everything known"];
  const CHIP = 22, PAD = 3, GROUP_PAD = 9, GAP = 30, SHOWN = 4, LISTED = 200, BEFORE = 12;

  // --- What the report says, by position -------------------------------------------------------------------------------
  const entities = data.entities.map((e, at) => ({
    at, layer: e[0], kind: e[1], name: e[2], file: e[3], line: e[4], table: e[5], compared: e[6], incomplete: e[7], findings: e[8],
    first: 0, fields: e[9], up: [], down: [],
  }));
  const fields = [];
  for (const entity of entities) {
    entity.first = fields.length;
    for (const f of entity.fields) {
      fields.push({
        at: fields.length, entity, name: f[0], promise: data.texts[f[1]], line: f[2], findings: f[3] || [],
        file: f[4] === undefined ? entity.file : f[4], up: [], down: [],
      });
    }
    entity.fields = entity.fields.length;
  }
  for (const l of data.links) {
    const link = {
      lower: entities[l[0]], upper: entities[l[1]], confidence: l[2], reason: data.texts[l[3]], compared: l[4], findings: l[5],
      file: l[6], line: l[7],
    };
    link.lower.up.push({ link, to: link.upper, findings: link.findings });
    link.upper.down.push({ link, to: link.lower, findings: link.findings });
    for (const p of l[8]) {
      const lower = fields[link.lower.first + p[0]], upper = fields[link.upper.first + p[1]], told = p[2] || [];
      lower.up.push({ link, to: upper, findings: told });
      upper.down.push({ link, to: lower, findings: told });
    }
  }
  const findings = data.findings.map((finding, at) => ({
    ...finding, at, layers: new Set([finding, ...finding.symptoms].flatMap((told) => told.ends.map((end) => end[0]))),
    words: [finding, ...finding.symptoms].map((told) =>
      [told.rule, told.message, ...told.ends.map((end) => data.files[end[4]])].join("\n")).join("\n").toLowerCase(),
  }));
  const groups = data.groups.map(([members, rows]) => ({
    members: members.map((at) => entities[at]),
    rows: rows.map((flat) => {
      const row = { fields: [], words: null };
      for (let at = 0; at < flat.length; at += 2) row.fields.push(fields[entities[flat[at]].first + flat[at + 1]]);
      return row;
    }),
    words: null,
  }));
  for (const group of groups) {
    const told = new Set(group.members.flatMap((entity) => entity.findings));
    group.rank = [2, 1, 0].map((weight) => [...told].filter((at) => findings[at].severity === weight).length);
    group.perLayer = data.layers.map((_, layer) => group.members.filter((entity) => entity.layer === layer).length);
  }
  groups.sort((a, b) => b.rank[0] - a.rank[0] || b.rank[1] - a.rank[1] || b.rank[2] - a.rank[2] || a.members[0].at - b.members[0].at);
  const columns = data.layers.map((_, layer) => layer).filter((layer) => groups.some((group) => group.perLayer[layer]));

  // --- What is asked for ----------------------------------------------------------------------------------------------
  const drifts = findings.some((finding) => finding.severity > 0);
  const state = {
    all: !drifts, text: "", weights: new Set(drifts ? [1, 2] : [0, 1, 2]), rule: "", layer: -1, confidence: 0,
    open: new Set(), chosen: null, lit: new Set(), active: null, listed: LISTED,
  };
  const $ = (id) => document.getElementById(id);
  const grid = $("grid"), canvas = $("canvas"), panel = $("panel");
  let lines = [], offsets = [0], passing = [], drawn = new Map(), layout = null;

  const make = (tag, cls, text) => {
    const element = document.createElement(tag);
    if (cls) element.className = cls;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const button = (cls, text, press) => {
    const element = make("button", cls, text);
    element.type = "button";
    element.addEventListener("click", press);
    return element;
  };
  // Text in which backticks mark code.
  const prose = (tag, cls, text) => {
    const element = make(tag, cls);
    String(text).split("`").forEach((part, at, parts) => {
      if (at % 2 && at < parts.length - 1) element.append(make("code", "", part));
      else element.append((at % 2 ? "`" : "") + part);
    });
    return element;
  };
  // A path, with places to break it before its last resort: the middle of a word.
  const breakable = (tag, cls, text) => {
    const element = make(tag, cls);
    text.split(/(?<=\/)/).forEach((part, at) => element.append(...(at ? [make("wbr"), part] : [part])));
    return element;
  };
  const plural = (n, noun, many) => `${n.toLocaleString("en")} ${n === 1 ? noun : many || noun + "s"}`;
  const heaviest = (numbers) => numbers.reduce((most, at) => (passing[at] ? Math.max(most, findings[at].severity) : most), -1);
  const weightOf = (numbers) => WEIGHTS[heaviest(numbers)] || "";
  const isField = (thing) => thing.promise !== undefined;
  const label = (thing) => (isField(thing) ? `${thing.entity.name}.${thing.name}` : thing.name);
  const placeOf = (thing) => `${data.files[thing.file]}:${thing.line}`;

  const wordsOf = (row) => (row.words ??= row.fields.map((f) => label(f)).join("\n").toLowerCase());
  const wordsOfGroup = (group) =>
    (group.words ??= group.members.map((e) => `${e.name} ${e.table || ""} ${data.files[e.file]}`).join("\n").toLowerCase());

  // --- Which lines there are ------------------------------------------------------------------------------------------
  const select = () => {
    const terms = state.text.toLowerCase().split(/\s+/).filter(Boolean);
    passing = findings.map((finding) =>
      state.weights.has(finding.severity) && (!state.rule || finding.rule === state.rule) &&
      (state.layer < 0 || finding.layers.has(state.layer)) && finding.confidence >= state.confidence);
    const has = (words) => terms.every((term) => words.includes(term));
    const told = (numbers) => numbers.some((at) => passing[at]);
    const said = (numbers) => numbers.some((at) => passing[at] && has(findings[at].words));
    const narrow = !state.all || state.rule !== "" || state.confidence > 0;
    lines = [];
    let rowsShown = 0;
    for (const group of groups) {
      const whole = !terms.length || has(wordsOfGroup(group));
      const rows = group.rows.filter((row) => {
        if (narrow && !row.fields.some((f) => told(f.findings))) return false;
        if (!narrow && state.layer >= 0 && !row.fields.some((f) => f.entity.layer === state.layer)) return false;
        return whole || has(wordsOf(row)) || row.fields.some((f) => said(f.findings));
      });
      const marked = group.members.some((entity) => told(entity.findings));
      const here = whole ? (narrow ? marked : state.layer < 0 || group.perLayer[state.layer] > 0)
        : group.members.some((entity) => said(entity.findings) && narrow);
      if (!rows.length && !here) continue;
      lines.push({ group, row: null });
      for (const row of rows) lines.push({ group, row });
      rowsShown += rows.length;
    }
    for (const line of lines) arrange(line);
    offsets = new Array(lines.length + 1);
    offsets[0] = 0;
    lines.forEach((line, at) => { offsets[at + 1] = offsets[at] + line.height; });
    canvas.style.height = `${offsets[lines.length]}px`;
    grid.setAttribute("aria-rowcount", String(lines.length));
    const shownFindings = passing.filter((passes, at) => passes && has(findings[at].words)).length;
    $("count").textContent = lines.length
      ? `${plural(lines.filter((line) => !line.row).length, "group")}, ${plural(rowsShown, "field")}, ${plural(shownFindings, "finding")}` : "";
    const nothing = $("nothing");
    nothing.hidden = lines.length > 0;
    nothing.textContent = !findings.length && !state.all ? "No drift was found. “Everything” shows what was compared."
      : !groups.length ? "No layer was recognised." : "Nothing matches. Esc in the search field clears it.";
    state.active = null;
    redraw();
  };

  // What stands in each column of a line: with many entities of one layer, those with findings first and the rest behind a number.
  const arrange = (line) => {
    const things = line.row ? line.row.fields : line.group.members;
    line.stacks = data.layers.map(() => []);
    for (const thing of things) line.stacks[isField(thing) ? thing.entity.layer : thing.layer].push(thing);
    line.hidden = data.layers.map(() => 0);
    if (!state.open.has(line.group)) {
      line.stacks = line.stacks.map((stack, layer) => {
        if (stack.length <= SHOWN) return stack;
        const ranked = [...stack].sort((a, b) => heaviest(b.findings) - heaviest(a.findings) || a.at - b.at);
        const kept = new Set(ranked.slice(0, SHOWN - 1));
        line.hidden[layer] = stack.length - kept.size;
        return stack.filter((thing) => kept.has(thing));
      });
    }
    const most = Math.max(1, ...line.stacks.map((stack, layer) => stack.length + (line.hidden[layer] ? 1 : 0)));
    line.height = most * CHIP + 2 * (line.row ? PAD : GROUP_PAD);
  };

  // --- Drawing --------------------------------------------------------------------------------------------------------
  const measure = () => {
    const width = grid.clientWidth;
    const parts = columns.map((layer) => (data.layers[layer][0] === "route" ? 0.85 : 1));
    const sum = parts.reduce((a, b) => a + b, 0) || 1;
    const room = Math.max(width, columns.length * 150);
    canvas.style.width = `${room}px`;
    let left = 0;
    layout = new Map(columns.map((layer, at) => {
      const wide = (parts[at] / sum) * room, place = { left: left + 12, width: wide - (at === columns.length - 1 ? 24 : GAP + 6) };
      left += wide;
      return [layer, place];
    }));
    const heads = $("heads");
    heads.replaceChildren();
    columns.forEach((layer) => {
      const [name, count] = data.layers[layer], place = layout.get(layer);
      const head = make("div", "head");
      head.append(make("b", "", name[0].toUpperCase() + name.slice(1)), ` ${count.toLocaleString("en")}`);
      const below = data.edges.filter((edge) => edge[1] === layer && edge[2] > 0).sort((a, b) => b[3] - a[3])[0];
      const small = make("small");
      if (below) {
        const [lower, , linked, drifted] = below;
        small.append(make("span", drifted ? "drifts" : "", drifted ? `${drifted.toLocaleString("en")} of ${linked.toLocaleString("en")} drift` : `${plural(linked, "link")}`));
        small.append(` from ${data.layers[lower][0]}`);
      }
      head.append(small);
      head.style.left = `${place.left + 7}px`;
      head.style.width = `${place.width}px`;
      heads.append(head);
    });
    follow();
  };

  // The heads are above what scrolls, and follow it sideways.
  const follow = () => { for (const head of $("heads").children) head.style.transform = `translateX(${-grid.scrollLeft}px)`; };

  const redraw = () => {
    canvas.replaceChildren();
    drawn = new Map();
    draw();
  };

  const at = (top) => {
    let low = 0, high = lines.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (offsets[middle] <= top) low = middle; else high = middle - 1;
    }
    return low;
  };

  const draw = () => {
    if (!lines.length) return;
    const from = Math.max(0, at(grid.scrollTop) - BEFORE);
    const to = Math.min(lines.length, at(grid.scrollTop + grid.clientHeight) + BEFORE + 1);
    for (const [number, row] of drawn) {
      if (number < from || number >= to) { row.remove(); drawn.delete(number); }
    }
    for (let number = from; number < to; number++) {
      if (drawn.has(number)) continue;
      const row = drawLine(number);
      drawn.set(number, row);
      canvas.append(row);
    }
    canvas.classList.toggle("lighting", state.lit.size > 0);
  };

  const drawLine = (number) => {
    const line = lines[number], top = line.row ? PAD : GROUP_PAD;
    const row = make("div", line.row ? "row" : "row group");
    row.setAttribute("role", "row");
    row.setAttribute("aria-rowindex", String(number + 1));
    row.style.top = `${offsets[number]}px`;
    row.style.height = `${line.height}px`;
    const spots = new Map();
    columns.forEach((layer, column) => {
      const place = layout.get(layer), cell = make("div", "cell");
      cell.setAttribute("role", "gridcell");
      cell.setAttribute("aria-colindex", String(column + 1));
      cell.style.left = `${place.left}px`;
      cell.style.width = `${place.width}px`;
      line.stacks[layer].forEach((thing, position) => {
        const chip = drawChip(thing, line, layer);
        chip.style.top = `${top + position * CHIP + 1}px`;
        chip.id = `c${number}-${layer}-${position}`;
        chip.addEventListener("click", () => { state.active = { number, layer, position }; choose(thing); });
        if (state.active && state.active.number === number && state.active.layer === layer && state.active.position === position) chip.classList.add("active");
        spots.set(thing, { left: place.left, right: place.left + place.width, y: top + position * CHIP + CHIP / 2 });
        cell.append(chip);
      });
      if (line.hidden[layer]) {
        const more = make("div", "chip more", `and ${line.hidden[layer]} more`);
        more.style.top = `${top + line.stacks[layer].length * CHIP + 1}px`;
        more.addEventListener("click", () => { state.open.add(line.group); keepPlace(select); });
        cell.append(more);
      }
      row.append(cell);
    });
    row.prepend(drawEdges(spots, line));
    return row;
  };

  const drawChip = (thing, line, layer) => {
    const chip = make("div", `chip ${weightOf(thing.findings)}${state.lit.has(thing) ? " lit" : ""}`);
    if (isField(thing)) {
      // Where several stand below each other, their entities tell them apart; else those are good to know.
      const own = make("span", "own"), parts = [make("span", "name", thing.name), make("span", "promise", thing.promise)];
      const beside = line.stacks[layer].length > 1;
      own.textContent = beside ? `${thing.entity.name}.` : thing.entity.name;
      if (beside) parts.unshift(own);
      else if (line.group.perLayer[layer] > 1) { own.className = "promise"; parts.push(own); }
      chip.append(...parts);
    } else {
      chip.classList.toggle("operation", thing.kind === "operation");
      chip.append(make("span", "name", thing.kind === "operation" ? brief(thing.name) : thing.name));
      const told = thing.findings.filter((number) => passing[number]).length;
      const facts = [thing.table && thing.table !== thing.name ? `table ${thing.table}` : "", told ? plural(told, "finding") : ""].filter(Boolean);
      if (facts.length) chip.append(make("span", "promise", facts.join(", ")));
    }
    const weight = weightOf(thing.findings);
    chip.title = isField(thing) ? `${label(thing)}: ${thing.promise}` : label(thing);
    chip.setAttribute("aria-label", `${data.layers[layer][0]} ${chip.title}${weight ? `, ${weight}` : ""}`);
    return chip;
  };

  // The end of a path tells operations apart: `GET /api/v1/users/{id}` as `GET …/users/{id}`.
  const brief = (operation) => {
    const [method, path] = operation.split(" "), parts = (path || "").split("/").filter(Boolean);
    return parts.length > 2 ? `${method} …/${parts.slice(-2).join("/")}` : operation;
  };

  const drawEdges = (spots, line) => {
    const space = $("edges").namespaceURI, svg = document.createElementNS(space, "svg");
    svg.setAttribute("aria-hidden", "true");
    for (const [thing, from] of spots) {
      for (const edge of thing.up) {
        const to = spots.get(edge.to);
        if (!to || to.left <= from.right) continue;
        const path = document.createElementNS(space, "path"), lit = state.lit.has(thing) && state.lit.has(edge.to);
        path.setAttribute("d", way(from, to, line));
        path.setAttribute("class", `${weightOf(edge.findings)}${edge.link.confidence < 2 ? " unsure" : ""}${lit ? " lit" : ""}`);
        svg.append(path);
      }
    }
    return svg;
  };

  // From one column to another; below what stands in the columns between them.
  const way = (from, to, line) => {
    const bend = Math.min(14, (to.left - from.right) / 2);
    const between = columns.map((layer) => [layout.get(layer), line.stacks[layer].length])
      .filter(([place, count]) => count && place.left > from.right && place.left + place.width < to.left).map(([place]) => place);
    if (!between.length) return `M${from.right} ${from.y} C${from.right + bend} ${from.y} ${to.left - bend} ${to.y} ${to.left} ${to.y}`;
    const start = between[0].left, last = between[between.length - 1], end = last.left + last.width, y = line.height - 4;
    return `M${from.right} ${from.y} C${from.right + bend} ${from.y} ${start - bend} ${y} ${start} ${y} L${end} ${y} C${end + bend} ${y} ${to.left - bend} ${to.y} ${to.left} ${to.y}`;
  };

  const keepPlace = (change) => {
    const first = lines.length ? lines[at(grid.scrollTop)] : null, into = first ? grid.scrollTop - offsets[at(grid.scrollTop)] : 0;
    change();
    const again = first ? lines.findIndex((line) => line.group === first.group && line.row === first.row) : -1;
    if (again >= 0) grid.scrollTop = offsets[again] + into;
    draw();
  };

  // --- A chain --------------------------------------------------------------------------------------------------------
  const chain = (thing) => {
    const lit = new Set([thing]);
    for (const way of ["up", "down"]) {
      const open = [thing];
      while (open.length) {
        const here = open.pop();
        // What an operation carries beside this is no part of its chain.
        if (!isField(here) && here !== thing && data.layers[here.layer][0] === "route") continue;
        for (const edge of here[way]) if (!lit.has(edge.to)) { lit.add(edge.to); open.push(edge.to); }
      }
    }
    return lit;
  };

  const choose = (thing, finding) => {
    state.chosen = thing;
    state.lit = thing ? chain(thing) : new Set();
    redraw();
    showPanel(finding);
  };

  const reveal = (thing) => {
    const find = () => lines.findIndex((line) => (isField(thing) ? line.row && line.row.fields.includes(thing) : !line.row && line.group.members.includes(thing)));
    let number = find();
    if (number < 0) return;
    const layer = isField(thing) ? thing.entity.layer : thing.layer;
    if (!lines[number].stacks[layer].includes(thing)) {
      state.open.add(lines[number].group);
      select();
      number = find();
    }
    state.active = { number, layer, position: lines[number].stacks[layer].indexOf(thing) };
    const top = offsets[number];
    if (top < grid.scrollTop || top + lines[number].height > grid.scrollTop + grid.clientHeight) {
      grid.scrollTop = Math.max(0, top - grid.clientHeight / 3);
    }
  };

  // --- Details --------------------------------------------------------------------------------------------------------
  const showPanel = (finding) => {
    panel.replaceChildren();
    panel.scrollTop = 0;
    if (!state.chosen && !finding) return showList();
    const title = make("h2", "", state.chosen ? "" : "Finding");
    if (state.chosen) title.append(make("code", "", label(state.chosen)));
    title.append(button("", "All findings", () => choose(null)));
    panel.append(title);
    if (finding) panel.append(showFinding(finding));
    if (!state.chosen) return;
    showChain(state.chosen);
    const told = new Set();
    for (const thing of isField(state.chosen) ? state.lit : [state.chosen]) thing.findings.forEach((number) => told.add(number));
    if (isField(state.chosen)) state.chosen.entity.findings.filter((number) => findings[number].ends.every((end) => end[2] === null)).forEach((number) => told.add(number));
    const rest = [...told].filter((number) => passing[number] && findings[number] !== finding).sort((a, b) => findings[b].severity - findings[a].severity || a - b);
    if (rest.length) panel.append(make("h3", "", plural(rest.length, finding ? "more finding" : "finding")));
    rest.slice(0, 40).forEach((number) => panel.append(showFinding(findings[number])));
  };

  const showChain = (chosen) => {
    const layerOf = (thing) => (isField(thing) ? thing.entity.layer : thing.layer);
    const hops = [...state.lit].sort((a, b) => layerOf(a) - layerOf(b) || a.at - b.at);
    const list = make("ol", "hops");
    for (const thing of hops.slice(0, 60)) {
      const hop = make("li", `hop ${weightOf(thing.findings)}${thing === chosen ? " chosen" : ""}`);
      hop.append(button("", label(thing), () => { reveal(thing); choose(thing); }));
      if (isField(thing)) hop.append(make("div", "promise", thing.promise));
      hop.append(make("small", "facts", `${data.layers[layerOf(thing)][0]} · ${placeOf(thing)}`));
      for (const edge of thing.down.filter((edge) => state.lit.has(edge.to))) {
        hop.append(prose("small", "facts", `from ${label(edge.to)}: ${edge.link.reason} (${CONFIDENCES[edge.link.confidence]})`));
      }
      if (!isField(thing) && thing === chosen) {
        hop.append(make("small", "facts", `${thing.kind}, ${plural(thing.fields, "field")}, ${COMPARED[thing.compared]}`));
        thing.incomplete.forEach((reason) => hop.append(prose("small", "facts", `only partly known: ${reason}`)));
      }
      list.append(hop);
    }
    panel.append(make("h3", "", "From storage to screen"), list);
    if (hops.length > 60) panel.append(make("p", "quiet", `and ${hops.length - 60} more`));
  };

  const showExcerpt = (end) => {
    const [first, text] = data.excerpts[end[6]], code = make("pre", "code");
    text.forEach((line, at) => {
      const shown = make("span", first + at === end[5] ? "marked" : "", line || " ");
      shown.dataset.line = String(first + at);
      code.append(shown);
    });
    return code;
  };

  const showFinding = (finding, symptom) => {
    const box = make("article", `finding ${WEIGHTS[finding.severity]}`);
    box.append(prose("p", "", finding.message));
    box.append(make("small", "facts", `${WEIGHTS[finding.severity]} · ${finding.rule} · ${CONFIDENCES[finding.confidence]}`));
    const list = make("dl");
    const entry = (term, ...parts) => { const dd = make("dd"); dd.append(...parts); list.append(make("dt", "", term), dd); };
    if (finding.witness) entry("witness", ...finding.witness.map((line) => prose("div", "", line)));
    if (finding.help) entry("fix", prose("span", "", finding.help));
    if (finding.path.length) entry("path", ...finding.path.map((step) => prose("div", "", step)));
    if (data.rules[finding.rule]) entry("rule", prose("span", "", data.rules[finding.rule]));
    if (list.childElementCount) box.append(list);
    for (const end of finding.ends) {
      const part = make("div", "end"), name = end[2] === null ? end[1] : `${end[1]}.${end[2]}`;
      part.append(make("b", "", data.layers[end[0]][0]), " ", make("code", "", name));
      if (end[3]) part.append(": ", prose("span", "", end[3]));
      part.append(breakable("div", "place", `${data.files[end[4]]}:${end[5]}`), showExcerpt(end));
      box.append(part);
    }
    if (!symptom && finding.symptoms.length) {
      box.append(make("h3", "", `${plural(finding.symptoms.length, "symptom")} of the same`));
      finding.symptoms.forEach((one) => box.append(showFinding(one, true)));
    }
    return box;
  };

  const listed = () => {
    const terms = state.text.toLowerCase().split(/\s+/).filter(Boolean);
    return data.totals.order.map((at) => findings[at])
      .filter((finding) => passing[finding.at] && terms.every((term) => finding.words.includes(term)))
      .sort((a, b) => b.severity - a.severity);
  };

  // The field or entity that a finding looks at first.
  const subject = (finding) => {
    for (const end of finding.ends) {
      const entity = end[7] === null ? null : entities[end[7]];
      if (!entity) continue;
      const own = end[2] === null ? null : fields.slice(entity.first, entity.first + entity.fields).find((field) => field.name === end[2]);
      return own || entity;
    }
    return null;
  };

  const open = (finding) => {
    const thing = subject(finding);
    if (thing) reveal(thing);
    choose(thing, finding);
  };

  // What is fixed, no longer comparable or accepted, folded; it is no part of the map.
  const showAside = ([title, entries]) => {
    const fold = make("details", "aside");
    fold.append(make("summary", "", `${entries.length.toLocaleString("en")} ${title}`));
    const list = make("ul");
    for (const [severity, rule, message, place, note] of entries) {
      const item = make("li", `item ${WEIGHTS[severity]}`);
      item.append(prose("span", "", message), breakable("small", "", `${rule}${place ? ` · ${place}` : ""}`));
      if (note) item.append(prose("small", "note-text", note));
      list.append(item);
    }
    fold.append(list);
    return fold;
  };

  const showList = () => {
    panel.replaceChildren();
    const found = listed();
    const noun = data.against ? "new finding" : "finding";
    panel.append(make("h2", "", found.length ? plural(found.length, noun) : `No ${noun}s`));
    if (data.against) panel.append(make("p", "facts", data.against));
    const list = make("ul");
    for (const finding of found.slice(0, state.listed)) {
      const item = make("li"), press = button(`item ${WEIGHTS[finding.severity]}`, "", () => open(finding));
      press.append(prose("span", "", finding.message));
      const end = finding.ends[0];
      press.append(breakable("small", "", `${finding.rule}${end ? ` · ${data.files[end[4]]}:${end[5]}` : ""}${finding.symptoms.length ? ` · ${plural(finding.symptoms.length, "symptom")}` : ""}`));
      item.append(press);
      list.append(item);
    }
    panel.append(list);
    if (found.length > state.listed) {
      panel.append(button("more-items", `Show ${found.length - state.listed} more`, () => { state.listed = Infinity; showList(); }));
    }
    data.aside.forEach((part) => panel.append(showAside(part)));
    const totals = data.totals, facts = [`${plural(totals.files, "file")} read`];
    if (data.problems) facts.push(`${plural(data.problems, "problem")} of the analysis`);
    panel.append(make("h3", "", facts.join(" · ")));
  };

  // --- Controls -------------------------------------------------------------------------------------------------------
  const refresh = () => { state.listed = LISTED; state.chosen = null; state.lit = new Set(); grid.scrollTop = 0; select(); showPanel(); };

  const options = (select, list, pick) => {
    for (const [value, text] of list) {
      const option = make("option", "", text);
      option.value = value;
      select.append(option);
    }
    select.addEventListener("change", () => { pick(select.value); refresh(); });
  };

  const controls = () => {
    if (data.against) document.title = document.querySelector("h1").textContent = "Alignment check";
    $("revision").textContent = data.revision ? data.revision.slice(0, 12) : "";
    const nouns = ["note", "warning", "error"];
    for (const weight of [2, 1, 0]) {
      const total = findings.filter((finding) => finding.severity === weight).length;
      const pill = button(`pill ${WEIGHTS[weight]}`, plural(total, nouns[weight]), () => {
        if (!state.weights.delete(weight)) state.weights.add(weight);
        pill.setAttribute("aria-pressed", String(state.weights.has(weight)));
        refresh();
      });
      pill.setAttribute("aria-pressed", String(state.weights.has(weight)));
      $("severities").append(pill);
    }
    const counted = new Map();
    for (const finding of findings) counted.set(finding.rule, (counted.get(finding.rule) || 0) + 1);
    const byCount = [...counted].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    options($("rule"), [["", "Any rule"], ...byCount.map(([rule, n]) => [rule, `${rule} (${n})`])], (rule) => { state.rule = rule; });
    options($("layer"), [["-1", "Any layer"], ...columns.map((layer) => [String(layer), data.layers[layer][0]])], (layer) => { state.layer = Number(layer); });
    options($("confidence"), [["0", "Any confidence"], ...CONFIDENCES.slice(1).map((name, at) => [String(at + 1), `${name}${at < 2 ? " or surer" : ""}`])], (least) => { state.confidence = Number(least); });
    const views = [[$("view-drift"), false], [$("view-all"), true]];
    const show = () => views.forEach(([view, all]) => view.setAttribute("aria-pressed", String(state.all === all)));
    views.forEach(([view, all]) => view.addEventListener("click", () => { state.all = all; show(); refresh(); }));
    show();
    let waiting = 0;
    $("search").addEventListener("input", (event) => {
      clearTimeout(waiting);
      waiting = setTimeout(() => { state.text = event.target.value; refresh(); }, 80);
    });
  };

  const themes = () => {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    let chosen = null;
    const apply = () => {
      const is = chosen || (dark.matches ? "dark" : "light");
      document.documentElement.dataset.theme = is;
      $("theme").textContent = is === "dark" ? "☀" : "☾";
      $("theme").title = is === "dark" ? "Light" : "Dark";
    };
    dark.addEventListener("change", apply);
    $("theme").addEventListener("click", () => { chosen = document.documentElement.dataset.theme === "dark" ? "light" : "dark"; apply(); });
    apply();
  };

  // --- Keys -----------------------------------------------------------------------------------------------------------
  const activate = (number, layer, position) => {
    state.active = { number, layer, position };
    const top = offsets[number], bottom = offsets[number + 1];
    if (top < grid.scrollTop) grid.scrollTop = top;
    if (bottom > grid.scrollTop + grid.clientHeight) grid.scrollTop = bottom - grid.clientHeight;
    redraw();
    grid.setAttribute("aria-activedescendant", `c${number}-${layer}-${position}`);
  };

  const nearest = (number, layer) => {
    const filled = columns.filter((one) => lines[number].stacks[one].length);
    return filled.sort((a, b) => Math.abs(a - layer) - Math.abs(b - layer) || a - b)[0];
  };

  const move = (key) => {
    if (!lines.length) return;
    if (!state.active) {
      const number = at(grid.scrollTop);
      return activate(number, nearest(number, columns[0]), 0);
    }
    const { number, layer, position } = state.active;
    if (key === "ArrowLeft" || key === "ArrowRight") {
      const step = key === "ArrowLeft" ? -1 : 1, stacks = lines[number].stacks;
      const next = columns.filter((one) => stacks[one].length && (one - layer) * step > 0).sort((a, b) => (a - b) * step)[0];
      if (next !== undefined) activate(number, next, Math.min(position, stacks[next].length - 1));
      return;
    }
    const step = key === "ArrowUp" ? -1 : 1, stack = lines[number].stacks[layer];
    if (position + step >= 0 && position + step < stack.length) return activate(number, layer, position + step);
    const next = number + step;
    if (next < 0 || next >= lines.length) return;
    const over = nearest(next, layer);
    activate(next, over, step < 0 ? lines[next].stacks[over].length - 1 : 0);
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const search = $("search"), typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === "/" && !typing) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "Escape") {
      if (event.target === search) {
        search.value = "";
        state.text = "";
        grid.focus();
        refresh();
      } else choose(null);
    } else if (event.key === "Enter" && event.target === search) {
      grid.focus();
      move("ArrowDown");
    } else if (event.target === grid && event.key.startsWith("Arrow")) {
      event.preventDefault();
      move(event.key);
    } else if (event.target === grid && event.key === "Enter" && state.active) {
      const { number, layer, position } = state.active;
      choose(lines[number].stacks[layer][position]);
    }
  });

  // --- Paper ----------------------------------------------------------------------------------------------------------
  addEventListener("beforeprint", () => {
    const paper = $("paper");
    paper.replaceChildren();
    for (const weight of [2, 1, 0]) {
      const found = listed().filter((finding) => finding.severity === weight);
      if (found.length) paper.append(make("h2", "", plural(found.length, WEIGHTS[weight])), ...found.map((finding) => showFinding(finding)));
    }
    for (const part of data.aside) {
      const fold = showAside(part);
      fold.open = true;
      paper.append(fold);
    }
  });
  addEventListener("afterprint", () => $("paper").replaceChildren());

  grid.addEventListener("scroll", () => { draw(); follow(); }, { passive: true });
  new ResizeObserver(() => { measure(); redraw(); }).observe(grid);
  themes();
  controls();
  measure();
  select();
  showPanel();
  document.documentElement.dataset.ready = "true";
})();
