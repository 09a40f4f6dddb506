// Places in a text. The server counts characters as people do (code points), the browser in UTF-16 units; labels and the
// line of the word limit stand in the text without being of it.
const APART = "[data-apart]";

export function plain(element) {
  let text = "";
  for (const node of textNodes(element)) text += node.data;
  return text;
}

function* textNodes(element) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) if (!walker.currentNode.parentElement.closest(APART)) yield walker.currentNode;
}

// How many units of the text lie before a place of the document.
export function unitsBefore(element, container, offset) {
  const place = document.createRange();
  place.setStart(element, 0);
  place.setEnd(container, offset);
  let units = 0;
  for (const node of textNodes(element)) {
    if (node === place.endContainer) return units + place.endOffset;
    if (!place.intersectsNode(node)) break;
    if (place.comparePoint(node, node.length) > 0) break;
    units += node.length;
  }
  return units;
}

export function rangeOf(element, start, end) {
  const range = document.createRange();
  range.selectNodeContents(element);
  let units = 0;
  let begun = false;
  for (const node of textNodes(element)) {
    const after = units + node.length;
    if (!begun && start < after) { range.setStart(node, start - units); begun = true; }
    if (begun && end <= after) { range.setEnd(node, end - units); return range; }
    units = after;
  }
  return range;
}

export const points = (text, units) => [...text.slice(0, units)].length;

// The stretch without the spaces at its ends.
export function trimmed(text, start, end) {
  while (start < end && /\s/.test(text[start])) start += 1;
  while (end > start && /\s/.test(text[end - 1])) end -= 1;
  return [start, end];
}

export function sentences(text, language) {
  const found = [];
  const cut = new Intl.Segmenter(language, { granularity: "sentence" });
  for (const { index, segment } of cut.segment(text)) {
    const [start, end] = trimmed(text, index, index + segment.length);
    if (end > start) found.push([start, end]);
  }
  return found;
}
