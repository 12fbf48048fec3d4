// Microsoft's KQL parser behind JSON lines: a request a line on stdin, an answer a line on stdout.
// Ends when stdin ends. Constructor names ($ctor…) are the Bridge compiler's names for C# overloads.
//
// With --build-snapshot it does not serve: it is kept as it is when it is ready to (gate_start.py).
"use strict";
const fs = require("fs");
const path = require("path");
const readline = require("readline");
const vm = require("vm");
const { startupSnapshot } = require("v8");

const folder = path.join(process.argv[2], "@kusto", "language-service-next");
for (const name of ["bridge.min.js", "Kusto.Language.Bridge.min.js"]) {
  // Not by require, which reads no file while a snapshot is built.
  vm.runInThisContext(fs.readFileSync(path.join(folder, name), "utf8"), { filename: name });
}
const { KustoCode, GlobalState, Symbols, Syntax, Parsing } = globalThis.Kusto.Language;
const { ColumnSymbol, DatabaseSymbol, FunctionSymbol, Parameter, TableSymbol } = Symbols;

// What the service refuses although the parser knows it. `search` and `find` stay allowed: the service takes
// them, however dearly.
const REFUSED_OPERATORS = { ExternalDataExpression: "externaldata", PrintOperator: "print" };
const REFUSED_FUNCTIONS = new Set(["cluster", "database", "external_table", "materialized_view"]);

const kindNames = new Map(
  Object.entries(Syntax.SyntaxKind).filter(([, n]) => typeof n === "number").map(([name, n]) => [n, name]),
);

function columnsOf(record) {
  return Object.entries(record).map(
    ([name, type]) => new ColumnSymbol(name, Symbols.ScalarTypes.GetSymbol(type), null, null, null, null),
  );
}

function tableColumns(type) {
  if (!(type instanceof TableSymbol)) return [];
  const found = [];
  for (let i = 0; i < type.Columns.Count; i++) found.push(type.Columns.getItem(i));
  return found;
}

function optional(name, kind) {
  return new Parameter.ctor(name, kind, 0, null, null, false, null, 0, 1, null, null);
}

// FileProfile and DeviceFromIP exist in advanced hunting only; README.md names their pages.
function huntingFunctions(declared) {
  const { ParameterTypeKind: Kind, Tabularity } = Symbols;
  const table = new Parameter.ctor("T", Kind.Tabular, 0, null, null, false, null, 1, 1, null, null);
  const profile = columnsOf(declared.FileProfile);
  const fileProfile = new FunctionSymbol.ctor(
    "FileProfile",
    (call) => {
      const own = call.Arguments.Count ? tableColumns(call.Arguments.getItem(0).ResultType) : [];
      const names = new Set(own.map((c) => c.Name));
      return new TableSymbol.ctor(own.concat(profile.filter((c) => !names.has(c.Name))));
    },
    Tabularity.Tabular,
    [table, optional("x", Kind.Scalar), optional("y", Kind.Integer)],
  );
  const deviceFromIp = new FunctionSymbol.$ctor5("DeviceFromIP", new TableSymbol.ctor(columnsOf(declared.DeviceFromIP)), [
    table, optional("x", Kind.Scalar), optional("y", Kind.Scalar),
  ]);
  return [fileProfile, deviceFromIp];
}

// The schema of a tenant that lacks these: names of tables, and "Table.Column".
function without(tables, lacking) {
  const left = [];
  for (const [name, symbol] of tables) {
    if (lacking.includes(name)) continue;
    const isWhole = !lacking.some((one) => one.startsWith(`${name}.`));
    const columns = () => tableColumns(symbol).filter((column) => !lacking.includes(`${name}.${column.Name}`));
    left.push(isWhole ? symbol : new TableSymbol.$ctor4(name, columns()));
  }
  return left;
}

const known = new Map();

function globalsWithout(lacking) {
  const key = lacking.join(" ");
  if (!known.has(key)) known.set(key, globalsFor(without(allTables, lacking)));
  return known.get(key);
}

function globalsFor(tables) {
  const members = new (System.Collections.Generic.List$1(Symbols.Symbol).ctor)();
  for (const table of tables) members.add(table);
  for (const declared of huntingFunctions(schema.functions)) members.add(declared);
  return GlobalState.Default.WithDatabase(new DatabaseSymbol.$ctor1("hunting", members, false));
}

function errorsOf(code) {
  const found = [];
  const diagnostics = code.GetDiagnostics();
  for (let i = 0; i < diagnostics.Count; i++) {
    const one = diagnostics.getItem(i);
    if (one.Severity === "Error") found.push({ code: one.Code, message: one.Message, start: one.Start, length: one.Length });
  }
  return found;
}

function statementCount(root) {
  const list = root.Statements;
  let count = 0;
  for (let i = 0; list && i < list.Count; i++) if (!(list.getItem(i).Element$1 instanceof Syntax.LetStatement)) count++;
  return count;
}

// The text between two places of the query, replaced: FileProfile is nothing that any engine knows, but a look-up in a
// table of profiles, for the hashes of the first rows up to the limit.
function profileLookUp(node, text, profileColumns) {
  const pipe = node.Parent;
  const given = [];
  const list = node.Function.ArgumentList.Expressions;
  for (let i = 0; i < list.Count; i++) given.push(list.getItem(i).Element$1);
  const key = given.length ? (given[0].ConstantValue ?? given[0].SimpleName) : "SHA1";
  const limit = given.length > 1 ? Number(given[1].ConstantValue) : 100;
  const own = tableColumns(pipe.Expression.ResultType).map((c) => c.Name);
  if (!/^(InitiatingProcess)?SHA(1|256)$/.test(key) || !own.includes(key)) return { error: `FileProfile: '${key}' is not a file ID column of its input` };
  if (!(limit >= 1 && limit <= 1000)) return { error: "FileProfile: the limit must be 1 to 1000" };
  const hash = key.endsWith("256") ? "SHA256" : "SHA1";
  const added = profileColumns.filter((name) => !own.includes(name) && name !== hash);
  const also = own.includes(hash) ? "" : `, ${hash} = _key`;
  const input = text.substring(pipe.Expression.TextStart, pipe.Expression.End);
  const profiles = `_FileProfile | where ${hash} in ((${input} | take ${limit} | project _key = tostring(${key}))) | project _key = ${hash}, ${added.join(", ")}${also}`;
  return { start: node.TextStart, end: node.End, text: `lookup kind=leftouter (${profiles}) on $left.${key} == $right._key` };
}

function inspect(code, text, schema) {
  const refused = [];
  const replaced = [];
  Syntax.SyntaxElement.WalkNodes(code.Syntax, (node) => {
    const word = REFUSED_OPERATORS[kindNames.get(node.Kind)];
    if (word) refused.push(`'${word}' is not supported in advanced hunting.`);
    if (!(node instanceof Syntax.FunctionCallExpression)) return;
    const called = node.Name.SimpleName;
    if (REFUSED_FUNCTIONS.has(called)) refused.push(`'${called}()' is not supported in advanced hunting.`);
    if (called === "FileProfile" && node.Parent instanceof Syntax.InvokeOperator) {
      const one = profileLookUp(node.Parent, text, Object.keys(schema.functions.FileProfile));
      if (one.error) refused.push(one.error);
      else replaced.push(one);
    }
  });
  let runnable = text;
  for (const one of replaced.sort((a, b) => b.start - a.start)) {
    runnable = runnable.substring(0, one.start) + one.text + runnable.substring(one.end);
  }
  return { refused, runnable: replaced.length > 1 ? null : runnable };
}

function judge(text, globals, schema) {
  const code = KustoCode.ParseAndAnalyze(text, globals);
  const errors = errorsOf(code);
  if (errors.length) return { ok: false, messages: errors.map((e) => `${e.code}: ${e.message}`), columns: [], runnable: null };
  const messages = [];
  if (code.Kind !== "Query") messages.push(`Only a query is accepted, not a ${code.Kind.toLowerCase()}.`);
  else {
    const count = statementCount(code.Syntax);
    if (count !== 1) messages.push(`Exactly one statement besides 'let' is accepted, found ${count}.`);
    const seen = inspect(code, text, schema);
    messages.push(...seen.refused);
    const columns = tableColumns(code.ResultType).map((c) => [c.Name, c.Type.Name]);
    if (!messages.length && !(code.ResultType instanceof TableSymbol)) messages.push("The query must return a table.");
    if (!messages.length) return { ok: true, messages: [], columns, runnable: seen.runnable };
  }
  return { ok: false, messages, columns: [], runnable: null };
}

function tokens(text) {
  return Parsing.TokenParser.ParseTokens(text).map((t) => [kindNames.get(t.Kind) ?? String(t.Kind), t.Text]);
}

let schema;
let allTables;

function prepare() {
  schema = JSON.parse(fs.readFileSync(process.argv[3], "utf8"));
  allTables = Object.entries(schema.tables).map(([name, columns]) => [name, new TableSymbol.$ctor4(name, columnsOf(columns))]);
  known.clear();
  judge("DeviceInfo | take 1", globalsWithout([]), schema); // the first analysis is slow; pay for it before saying ready
}

function serve() {
  process.stdout.write(JSON.stringify({ ready: true }) + "\n");
  readline.createInterface({ input: process.stdin, crlfDelay: Infinity }).on("line", (line) => {
    const { op, texts, lacking } = JSON.parse(line);
    const answers = texts.map((text) => {
      try {
        return op === "judge" ? judge(text, globalsWithout(lacking ?? []), schema) : tokens(text);
      } catch (error) {
        return { failed: String(error && error.stack ? error.stack : error).slice(0, 2000) };
      }
    });
    process.stdout.write(JSON.stringify(answers) + "\n");
  }).on("close", () => process.exit(0));
}

prepare();
if (startupSnapshot.isBuildingSnapshot()) {
  startupSnapshot.setDeserializeMainFunction(() => {
    prepare(); // the schema may be another one
    serve();
  });
} else serve();
