// All that toxiproxy-node-client can do, against the server and the upstream of the command line. Prints what it got
// as one JSON object.
"use strict";
const [client, server, upstream] = process.argv.slice(2);
const { Toxiproxy } = require(client);

const ATTRIBUTES = {
  latency: { latency: 1, jitter: 0 },
  bandwidth: { rate: 1000 },
  slow_close: { delay: 1 },
  timeout: { timeout: 1 },
  reset_peer: { timeout: 1 },
  slicer: { average_size: 10, size_variation: 5, delay: 1 },
  limit_data: { bytes: 10 },
};

async function error(what) {
  try {
    await what;
  } catch (found) {
    return `${found.name}: ${found.message}`;
  }
  return "none";
}

async function main() {
  const got = { toxics: {} };
  const toxiproxy = new Toxiproxy(`http://${server}`);
  got.version = await toxiproxy.getVersion();
  const body = { listen: "localhost:0", name: "redis", upstream };
  const proxy = await toxiproxy.createProxy(body);
  got.created = proxy.toJson();
  got.found = (await toxiproxy.get("redis")).toJson();
  for (const [type, attributes] of Object.entries(ATTRIBUTES)) {
    const toxic = await proxy.addToxic({ attributes, type, stream: "upstream", toxicity: 0.5 });
    const same = (await proxy.getToxic(toxic.name)).toJson();
    const updated = await toxic.update({ attributes, toxicity: 1 });
    await toxic.remove();
    got.toxics[type] = { added: toxic.toJson(), same, updated: updated.toJson() };
  }
  const readme = await proxy.addToxic({ attributes: { rate: 1000 }, type: "bandwidth" });
  got.readme = readme.toJson();
  got.disabled = (await proxy.update({ enabled: false, listen: proxy.listen, upstream })).toJson();
  await toxiproxy.reset();
  got.reset = (await toxiproxy.get("redis")).toJson();
  got.gone = await error(proxy.getToxic(readme.name));
  const populated = await toxiproxy.populate([{ ...body, name: "one" }, { ...body, name: "two" }]);
  got.populated = Object.keys(populated);
  got.all = Object.keys(await toxiproxy.getAll());
  got.taken = await error(toxiproxy.createProxy(body));
  got.invalid = await error(proxy.addToxic({ attributes: {}, type: "nonsense" }));
  await proxy.remove();
  got.removed = await error(toxiproxy.get("redis"));
  console.log(JSON.stringify(got));
}

main();
