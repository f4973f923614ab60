// Filters, and nothing else: without this script the page shows all there is.
(() => {
  "use strict";
  const tests = [...document.querySelectorAll("details.test")];
  const tools = document.querySelector(".tools");
  const words = document.getElementById("words");
  const shown = document.getElementById("shown");
  const none = document.getElementById("none");
  const chips = [...document.querySelectorAll("button[data-kind]")];
  const texts = new Map();

  const textOf = (test) => {
    if (!texts.has(test)) texts.set(test, test.textContent.toLowerCase());
    return texts.get(test);
  };

  const pressed = () => {
    const wanted = new Map();
    for (const chip of chips) {
      if (chip.getAttribute("aria-pressed") !== "true") continue;
      const values = wanted.get(chip.dataset.kind) || [];
      wanted.set(chip.dataset.kind, [...values, chip.dataset.value]);
    }
    return [...wanted];
  };

  const fits = (test, wanted, said) =>
    wanted.every(([kind, values]) => {
      const own = test.dataset[kind].split(" ");
      return kind === "has" ? values.every((value) => own.includes(value)) : values.some((value) => own.includes(value));
    }) && said.every((word) => textOf(test).includes(word));

  const filter = () => {
    const wanted = pressed();
    const said = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const test of tests) {
      const fitting = fits(test, wanted, said);
      test.hidden = !fitting;
      if (fitting) count += 1;
    }
    none.hidden = count > 0 || tests.length === 0;
    shown.textContent = count === tests.length ? `${count} tests` : `${count} of ${tests.length} tests`;
  };

  const openAll = (open) => {
    for (const test of tests) if (!test.hidden) test.open = open;
  };

  const follow = () => {
    const test = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (test instanceof HTMLDetailsElement) {
      test.hidden = false;
      test.open = true;
      test.scrollIntoView();
    }
  };

  let waiting = 0;
  words.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 80);
  });
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
      filter();
    });
  }
  document.getElementById("unfold").addEventListener("click", () => openAll(true));
  document.getElementById("fold").addEventListener("click", () => openAll(false));
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== words && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      words.focus();
    } else if (event.key === "Escape" && document.activeElement === words) {
      words.value = "";
      filter();
    }
  });

  let opened = [];
  addEventListener("beforeprint", () => {
    opened = tests.filter((test) => !test.hidden && !test.open);
    for (const test of opened) test.open = true;
  });
  addEventListener("afterprint", () => {
    for (const test of opened) test.open = false;
  });
  addEventListener("hashchange", follow);

  tools.hidden = false;
  filter();
  follow();
})();
