// The page's data: the index as it is, each pipeline unpacked when it is opened.

const index = JSON.parse(document.getElementById("index").textContent);
const place = new Map((index.pipelines || []).map((p, i) => [p.name, i]));
const opened = new Map();

// parsed resolves when the whole page is read: a link may open a pipeline
// before its data has arrived.
const parsed = new Promise((done) => {
  if (document.readyState !== "loading") done();
  else document.addEventListener("DOMContentLoaded", done, { once: true });
});

async function pipelineData(i) {
  if (opened.has(i)) return opened.get(i);
  await parsed;
  if (typeof DecompressionStream === "undefined") {
    throw new Error("This browser cannot unpack the page's data: it needs DecompressionStream (Chrome 80, Firefox 113, Safari 16.4 or later).");
  }
  const packed = Uint8Array.from(atob(document.getElementById(`d${i}`).textContent), (c) => c.charCodeAt(0));
  const text = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  const data = JSON.parse(text);
  opened.set(i, data);
  return data;
}
