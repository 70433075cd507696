// node asyncapi.mjs FILE: checks an AsyncAPI document with the AsyncAPI
// project's own parser. It prints what is wrong and then ends with 1; hints,
// such as that there is a newer version of the specification, do not count.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const WARNING = 1; // severities: 0 error, 1 warning, 2 information, 3 hint

const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], "utf8"));
const wrong = diagnostics.filter((d) => d.severity <= WARNING);
for (const d of wrong) console.log(`${d.path.join("/")}: ${d.message} (${d.code})`);
process.exitCode = document && wrong.length === 0 ? 0 : 1;
