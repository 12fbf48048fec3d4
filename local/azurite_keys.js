// Run by Node before Azurite's first line: its tables are kept in the order of PartitionKey and RowKey.
//
// Azurite looks at every row of a table to answer any query, and moves every position behind a row that goes.
// The service finds rows by these two keys: one by both, some by a partition and a range of row keys, else all
// of a range of partitions, and all of one where row keys are told apart by "or"
// (https://learn.microsoft.com/azure/storage/tables/table-storage-design-for-query, read 2026-11-30).
// What is answered stays Azurite's: its filter is asked of each row that is looked at, in the order in which it
// sorts, with its own continuations.
"use strict";
const path = require("path");

const KNOWN = "3.37.0"; // read, and compared with the unchanged one (tests/local/test_azurite_keys.py)
const source = path.dirname(process.argv[1]);
const { version } = require(path.join(source, "..", "..", "package.json"));
if (version !== KNOWN) {
  console.error(`Azurite is ${version}, and local/azurite_keys.js knows ${KNOWN} alone`);
  process.exit(1);
}

const persistence = path.join(source, "table", "persistence");
const Store = require(path.join(persistence, "LokiTableMetadataStore")).default;
const Filters = require(path.join(persistence, "LokiTableStoreQueryGenerator")).default;
const parse = require(path.join(persistence, "QueryInterpreter", "QueryParser")).default;
const node = (name) => require(path.join(persistence, "QueryInterpreter", "QueryNodes", name)).default;
const [AndNode, IdentifierNode, ConstantNode] = ["AndNode", "IdentifierNode", "ConstantNode"].map(node);
const COMPARED = new Map(
  [["EqualsNode", "eq"], ["GreaterThanEqualNode", "ge"], ["GreaterThanNode", "ge"], ["LessThanEqualNode", "le"], ["LessThanNode", "le"]]
    .map(([name, operator]) => [node(name), operator]),
);
const MIRRORED = { eq: "eq", ge: "le", le: "ge" };

// Values by text, in the order of its code units.
class Ordered {
  constructor() {
    this.keys = [];
    this.values = new Map();
  }

  // Where the first key stands that is `key` or follows it.
  at(key) {
    let [low, high] = [0, this.keys.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.keys[middle] < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  set(key, value) {
    if (!this.values.has(key)) this.keys.splice(this.at(key), 0, key);
    this.values.set(key, value);
  }

  delete(key) {
    if (this.values.delete(key)) this.keys.splice(this.at(key), 1);
  }

  // Those from `least` to `most`, both included; undefined is no bound.
  *between({ least, most }) {
    for (let i = least === undefined ? 0 : this.at(least); i < this.keys.length; i++) {
      if (most !== undefined && this.keys[i] > most) return;
      yield [this.keys[i], this.values.get(this.keys[i])];
    }
  }
}

// What Azurite's store asks of a collection of rows.
class Rows {
  constructor(name) {
    this.name = name;
    this.partitions = new Ordered();
  }

  findOne({ PartitionKey, RowKey }) {
    return this.partitions.values.get(PartitionKey)?.values.get(RowKey) ?? null;
  }

  insert(row) {
    let partition = this.partitions.values.get(row.PartitionKey);
    if (partition === undefined) this.partitions.set(row.PartitionKey, (partition = new Ordered()));
    partition.set(row.RowKey, row);
  }

  update(row) {
    this.insert(row);
  }

  remove({ PartitionKey, RowKey }) {
    const partition = this.partitions.values.get(PartitionKey);
    partition?.delete(RowKey);
    if (partition?.keys.length === 0) this.partitions.delete(PartitionKey);
  }

  // The rows within the bounds, from a place on, in the order of their keys. Row keys bound one partition alone.
  *between({ PartitionKey, RowKey }, place) {
    const isOne = PartitionKey.least !== undefined && PartitionKey.least === PartitionKey.most;
    const inside = isOne ? RowKey : {};
    const first = later(PartitionKey.least, place.PartitionKey);
    for (const [key, partition] of this.partitions.between({ ...PartitionKey, least: first })) {
      const least = key === place.PartitionKey ? later(inside.least, place.RowKey) : inside.least;
      for (const [, row] of partition.between({ ...inside, least })) yield row;
    }
  }
}

const later = (one, other) => (one === undefined || other > one ? (other ?? one) : one);
const earlier = (one, other) => (one === undefined || other < one ? (other ?? one) : one);

// Bounds of both keys outside of which no row can meet the filter; {} has none.
const anywhere = () => ({ PartitionKey: {}, RowKey: {} });

function boundsOf(tree) {
  if (tree instanceof AndNode) return both(boundsOf(tree.left), boundsOf(tree.right));
  const bounds = anywhere();
  const operator = COMPARED.get(tree.constructor);
  if (operator === undefined) return bounds;
  const isMirrored = tree.right instanceof IdentifierNode;
  const [name, text] = isMirrored ? [tree.right, tree.left] : [tree.left, tree.right];
  if (!(name instanceof IdentifierNode && text instanceof ConstantNode)) return bounds;
  if (typeof text.value !== "string" || !Object.hasOwn(bounds, name.identifier)) return bounds;
  const meant = isMirrored ? MIRRORED[operator] : operator;
  if (meant !== "le") bounds[name.identifier].least = text.value;
  if (meant !== "ge") bounds[name.identifier].most = text.value;
  return bounds;
}

function both(one, other) {
  const inner = (name) => ({ least: later(one[name].least, other[name].least), most: earlier(one[name].most, other[name].most) });
  return { PartitionKey: inner("PartitionKey"), RowKey: inner("RowKey") };
}

Store.prototype.createCollectionForTable = function (table) {
  const name = this.getTableCollectionName(table.account, table.table);
  if (this.db.getCollection(name)) this.db.removeCollection(name);
  this.db.collections.push(new Rows(name));
};

Store.prototype.queryTableEntities = async function (context, account, table, options, nextPartitionKey, nextRowKey) {
  const rows = this.getEntityCollection(account, table, context);
  const isMet = Filters.generateQueryForPersistenceLayer(options, context); // refuses what cannot be read
  const isPlain = ["", "true", "false", undefined].includes(options.filter);
  const most = this.getMaxResultsOption(options);
  const place = {
    PartitionKey: this.decodeContinuationHeader(nextPartitionKey),
    RowKey: this.decodeContinuationHeader(nextRowKey),
  };
  const found = [];
  // Half a continuation is none of Azurite's own: it then looks for a partition that no row has.
  const isLost = place.RowKey !== undefined && place.PartitionKey === undefined;
  for (const row of isLost ? [] : rows.between(isPlain ? anywhere() : boundsOf(parse(options.filter)), place)) {
    if (isMet(row) && found.push(row) > most) break;
  }
  const then = this.adjustQueryResultforTop(found, most);
  return [found, then.nextPartitionKeyResponse, then.nextRowKeyResponse];
};
