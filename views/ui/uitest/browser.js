// What the tests ask of a page. The file is the body of a function; the test
// appends one call. It changes nothing but focus and scroll position.
const squeeze = (s) => (s || "").replace(/\s+/g, " ").trim();

// words are what a reader sees of an element, without the parts that only
// screen readers read.
const words = (el) => {
  const copy = el.cloneNode(true);
  copy.querySelectorAll(".vh, svg").forEach((x) => x.remove());
  return squeeze(copy.textContent);
};

const shown = (el) => el.checkVisibility({ visibilityProperty: true }) && el.getClientRects().length > 0;

// scope is the open dialog, if there is one: nothing behind it can be used.
const scope = (within) => {
  if (within) {
    const box = document.querySelector(within);
    if (!box) throw new Error("there is no " + within);
    return box;
  }
  return document.querySelector("dialog:modal") || document.body;
};

const pressable = "a[href], button, summary, label, [role=button]";

const one = (list, what) => {
  if (list.length === 1) return list[0];
  if (list.length === 0) throw new Error("nothing visible is called " + what);
  throw new Error(list.length + " things are called " + what + ": " + list.map((e) => e.outerHTML.slice(0, 120)).join(" | "));
};

const named = (name, within) => {
  if (name.startsWith("css:")) return one([...document.querySelectorAll(name.slice(4))].filter(shown), name);
  const all = [...scope(within).querySelectorAll(pressable)].filter(shown);
  const hidden = (e) => squeeze([...e.querySelectorAll(".vh")].map((x) => x.textContent).join(" "));
  const exact = all.filter((e) => [words(e), squeeze(e.textContent), hidden(e)].includes(name));
  return one(exact.length > 0 ? exact : all.filter((e) => squeeze(e.textContent).startsWith(name)), JSON.stringify(name));
};

// place scrolls a thing into view and gives its middle, where a real pointer
// must meet the thing itself.
const place = (name, within) => {
  const el = named(name, within);
  if (el.disabled) throw new Error(JSON.stringify(name) + " is disabled");
  el.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
  const box = [...el.getClientRects()].find((r) => r.width > 0 && r.height > 0);
  const x = box.left + box.width / 2, y = box.top + box.height / 2;
  const top = document.elementFromPoint(x, y);
  if (!top || !(el === top || el.contains(top) || top.contains(el)))
    throw new Error(JSON.stringify(name) + " is covered by " + (top ? top.outerHTML.slice(0, 120) : "nothing"));
  return [x, y];
};

const control = (label, within) => {
  const name = (l) => {
    const copy = l.cloneNode(true);
    copy.querySelectorAll("input, select, textarea, .optional, .vh, .hint").forEach((x) => x.remove());
    return squeeze(copy.textContent);
  };
  const all = [...scope(within).querySelectorAll("label")].filter((l) => shown(l) && l.control);
  const exact = all.filter((l) => name(l) === label || squeeze(l.textContent) === label);
  return one(exact.length > 0 ? exact : all.filter((l) => squeeze(l.textContent).startsWith(label)), "label " + JSON.stringify(label)).control;
};

// ready puts the focus into a field with its content selected. A field that
// takes no typing gets the value itself.
const ready = (label, value, within) => {
  const el = control(label, within);
  if (el.disabled || el.readOnly) throw new Error(JSON.stringify(label) + " cannot be changed");
  el.scrollIntoView({ block: "center", behavior: "instant" });
  el.focus();
  if (el.tagName === "SELECT") {
    const options = [...el.options].filter((o) => squeeze(o.textContent) === value);
    if (options.length !== 1) throw new Error(options.length + " choices of " + label + " are called " + value + "; there are " + [...el.options].map((o) => squeeze(o.textContent)).join(", "));
    el.value = options[0].value;
    el.dispatchEvent(new Event("input", { bubbles: true }));
    el.dispatchEvent(new Event("change", { bubbles: true }));
    return false;
  }
  if (["date", "datetime-local"].includes(el.type)) {
    el.value = value;
    return false;
  }
  el.select();
  return true;
};

const text = () => squeeze(document.body.innerText);

// focus describes the element that has the focus as a person would name it.
const focus = () => {
  const el = document.activeElement;
  if (!el || el === document.body) return "nothing";
  const label = el.getAttribute("aria-label") || (el.labels && el.labels[0] && squeeze(el.labels[0].textContent)) || squeeze(el.textContent);
  return el.tagName.toLowerCase() + (el.id ? "#" + el.id : "") + ": " + label.slice(0, 60);
};

// audit lists what is wrong with the page whatever it shows.
const audit = () => {
  const wrong = [];
  const heads = document.querySelectorAll("h1").length;
  if (heads !== 1) wrong.push(heads + " h1 headings");
  const ids = new Map();
  document.querySelectorAll("[id]").forEach((e) => ids.set(e.id, (ids.get(e.id) || 0) + 1));
  for (const [id, n] of ids) if (n > 1 || id === "") wrong.push("id " + JSON.stringify(id) + " is used " + n + " times");
  const single = ["for", "form", "list", "popovertarget", "commandfor", "aria-activedescendant"];
  const several = ["aria-labelledby", "aria-describedby", "aria-controls", "aria-owns", "aria-errormessage", "aria-details", "headers"];
  for (const name of [...single, ...several])
    document.querySelectorAll("[" + name + "]").forEach((e) => {
      for (const id of single.includes(name) ? [e.getAttribute(name)] : squeeze(e.getAttribute(name)).split(" "))
        if (!ids.has(id)) wrong.push(name + "=" + JSON.stringify(id) + " leads nowhere: " + e.outerHTML.slice(0, 100));
    });
  document.querySelectorAll("a[href^='#']").forEach((a) => {
    const id = decodeURIComponent(a.getAttribute("href").slice(1));
    if (!ids.has(id)) wrong.push("the link #" + id + " leads nowhere");
  });
  document.querySelectorAll("a[href=''], a:not([href])").forEach((a) => wrong.push("a link without an address: " + a.outerHTML.slice(0, 100)));
  document.querySelectorAll("[style], style, script:not([src])").forEach((e) => wrong.push("inline style or script: " + e.outerHTML.slice(0, 100)));
  document.querySelectorAll("*").forEach((e) => {
    for (const a of e.attributes) if (/^(on|hx-on)/.test(a.name)) wrong.push("inline handler " + a.name);
  });
  const junk = squeeze(document.body.innerText).match(/%!\w|<nil>|\bNaN\b|\[object|\bundefined\b|0001-01-01|1 Jan 0?0?01|\b1 Jan 1970\b/);
  if (junk) wrong.push("the text holds " + junk[0]);
  return wrong;
};

// overflow names what reaches beyond the window.
const overflow = () => {
  const wide = document.documentElement.scrollWidth;
  if (wide <= innerWidth) return [];
  const guilty = [...document.querySelectorAll("main *, header *")].filter((e) => shown(e) && e.getBoundingClientRect().right > innerWidth + 1);
  return ["the page is " + wide + " px wide in a window of " + innerWidth + ": " + guilty.slice(-1).map((e) => e.outerHTML.slice(0, 160))];
};

// broken lists what breaks a rule: one of all, of all but the one about contrast, or of
// that one alone. It reads the page as it is, without fetching its styles once more.
const broken = (rules) =>
  axe.run(document, {
    resultTypes: ["violations"],
    preload: false,
    ...(rules === "contrast" && { runOnly: ["color-contrast"] }),
    ...(rules === "structure" && { rules: { "color-contrast": { enabled: false } } }),
  }).then((r) =>
    r.passes.length < (rules === "contrast" ? 1 : 10)
      ? ["only " + r.passes.length + " rules ran"]
      : r.violations.flatMap((v) => v.nodes.map((n) => v.id + ": " + n.target.join(" ") + ": " + (n.any[0] || n.all[0] || n.none[0] || {}).message)),
  );
