// Small behaviours of every page, bound by data attributes; each page works without them.
import { bindConfirm } from "./confirm.js";
import { bindSubmitOnce } from "./submit_once.js";
import { bindFilter } from "./filter.js";

bindConfirm(document);
bindSubmitOnce(document);
bindFilter(document);
document.querySelector("[data-focus]")?.focus();
