// Run by Node before Azurite's first line: what Azurite loads at each start and then never uses is loaded when it is
// first used: the client of its telemetry, which --disableTelemetry switches off, the blob server for a SQL database, and
// what copies blobs from an address. That is more than half of the processor time of a start (Azurite 3.37.0, 1.0 s to
// 0.4 s, measured 2026-11-30).
"use strict";
const Module = require("module");

const AT_NEED = new Set(["applicationinsights", "./SqlBlobServer", "axios"]);
const load = Module._load;

Module._load = function (name, parent, ...rest) {
  if (!AT_NEED.has(name)) return load.call(this, name, parent, ...rest);
  // Compiled modules are looked at for this mark alone when they are named.
  return new Proxy({}, { get: (_, part) => part === "__esModule" || load.call(Module, name, parent, ...rest)[part] });
};
