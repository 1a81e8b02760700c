import { expect, test } from "bun:test";
import { type CatalogService, findEndpoint, normalizeEndpoint } from "./catalog.ts";

function endpoint(which: string, region: string) {
  return {
    interface: which,
    region,
    region_id: region,
    url: `http://${which}.${region.toLowerCase()}:9696/`,
  };
}

const CATALOG: CatalogService[] = [
  { type: "identity", endpoints: [endpoint("public", "One")] },
  {
    type: "network",
    endpoints: ["public", "internal"].flatMap((i) => [endpoint(i, "One"), endpoint(i, "Two")]),
  },
];

const network = { type: "network", interface: "public" } as const;

test("the first public endpoint is taken by default", () => {
  expect(findEndpoint(CATALOG, network, "k")).toBe("http://public.one:9696");
});

test("region and interface choose", () => {
  expect(findEndpoint(CATALOG, { ...network, interface: "internal", region: "Two" }, "k")).toBe(
    "http://internal.two:9696",
  );
});

test("old catalogues have the region under another name", () => {
  const old = [
    { type: "network", endpoints: [{ interface: "public", region: "Old", url: "http://old:9696" }] },
  ];
  expect(findEndpoint(old, { ...network, region: "Old" }, "k")).toBe("http://old:9696");
});

test("a choice that is not there is refused with what is there", () => {
  expect(() => findEndpoint(CATALOG, { ...network, region: "Three" }, "http://ks/v3")).toThrow(
    'the catalogue of http://ks/v3 has no "network" endpoint, interface public, region Three; it has public/One, public/Two, internal/One, internal/Two',
  );
  expect(() => findEndpoint([], network, "k")).toThrow("it has none of this type");
});

test.each([
  ["http://api:9696", "http://api:9696"],
  ["http://api:9696/", "http://api:9696"],
  ["http://api:9696/v2.0/", "http://api:9696"],
  ["https://api/networking/v2.0", "https://api/networking"],
])("%s becomes %s", (url, normal) => {
  expect(normalizeEndpoint(url)).toBe(normal);
});
