// Draws a seating plan while it is typed. The server reads it exactly as it does on save.
// Without this script the page shows the saved plan, and saving shows the faults.
"use strict";
{
  const PAUSE = 400; // milliseconds without typing
  const preview = document.querySelector("[data-preview]");
  const form = preview?.closest("form");
  const text = form?.elements.text;

  function start() {
    const layout = form.elements.layout;
    const sentence = preview.querySelector("[role=status]");
    const list = preview.querySelector(".errorlist");
    const isRefused = Boolean(document.querySelector(".errornote")); // the fields are as sent
    let timer;
    let request;

    function say(words, faults = []) {
      sentence.textContent = words;
      list.hidden = !faults.length;
      list.replaceChildren(...faults.map((fault) => {
        const item = document.createElement("li");
        item.textContent = fault;
        return item;
      }));
      preview.classList.toggle("is-outdated", Boolean(faults.length));
    }

    function show({seats, picture, faults}) {
      if (faults) {
        say(faults.length === 1 ? "Not drawn:" : `Not drawn, ${faults.length} faults:`, faults);
        return;
      }
      const drawn = document.createElement("template");
      drawn.innerHTML = picture; // the server escapes all texts in it
      while (list.nextSibling) list.nextSibling.remove();
      preview.append(drawn.content);
      say(seats === 1 ? "1 seat." : `${seats} seats.`);
    }

    async function draw() {
      request?.abort();
      const mine = (request = new AbortController());
      const body = new FormData(form);
      if (!isRefused && layout.value === layout.defaultValue) body.delete("layout"); // it is known
      try {
        const response = await fetch(preview.dataset.preview, {
          method: "POST", body, signal: mine.signal, headers: {Accept: "application/json"},
        });
        if (!response.ok || response.redirected) throw new Error(`Status ${response.status}`);
        show(await response.json());
      } catch (error) {
        if (error.name !== "AbortError") say("No preview now. Saving the plan shows its faults.");
      }
    }

    for (const field of [text, layout]) {
      field.addEventListener("input", () => {
        clearTimeout(timer);
        timer = setTimeout(draw, PAUSE);
      });
    }
    if (!preview.querySelector(".hall-picture")) {
      while (list.nextSibling) list.nextSibling.remove();
      say("Drawn while you type.");
    }
    if (isRefused) draw();
  }

  if (text?.matches("textarea")) start();
}
