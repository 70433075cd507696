// Audits POST /graphql by the GraphQL-over-HTTP specification, with the audits of npm graphql-http as
// they come. It prints what does not pass: each as "MUST|SHOULD|MAY id: name: reason".
import { serverAudits } from "graphql-http";

const [base, token] = process.argv.slice(2);
const fetchFn = (url, init = {}) => fetch(url, { ...init, headers: { ...init.headers, Authorization: `Bearer ${token}` } });
for (const audit of serverAudits({ url: new URL("/graphql", base).href, fetchFn })) {
  const result = await audit.fn();
  if (result.status !== "ok") console.log(`${result.status === "error" ? "MUST" : result.status === "warn" ? "SHOULD" : "MAY"} ${result.id}: ${result.name}: ${result.reason}`);
}
