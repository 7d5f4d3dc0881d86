// Names for fields that Django's admin leaves without one, and a hint where a table scrolls.
// Django fills its widgets when the page has loaded, so this runs after it.
"use strict";
{
  const HINT = "This table is wider than the window: scroll it sideways.";
  // Boxes of our own pages that scroll; the lists and inlines of Django become such regions.
  const regions = new Set(document.querySelectorAll("[role=region][tabindex]"));
  const boxes = [...regions, ...document.querySelectorAll("#changelist .results, .inline-group")];

  // The text of a header cell, without that of the sort links and help icons in it.
  const words = (cell) => (cell.querySelector(".text") ?? cell).textContent.trim();

  // A field in a table is named by its column and its row.
  function nameFieldsOf(table) {
    const columns = [...table.querySelectorAll("thead tr:last-child th")];
    for (const row of table.querySelectorAll("tbody tr")) {
      const first = row.querySelector("th, td.original p")?.firstChild?.textContent.trim();
      for (const field of row.querySelectorAll("input:not([type=hidden]), select, textarea")) {
        const column = columns[field.closest("td, th")?.cellIndex];
        if (!column || field.labels?.length || field.hasAttribute("aria-label")) continue;
        field.setAttribute("aria-label", [words(column), first].filter(Boolean).join(", "));
      }
    }
    for (const column of columns) {
      if (column.textContent.trim() || column.querySelector("input")) continue;
      const text = document.createElement("span");
      text.className = "visually-hidden";
      text.textContent = column.classList.contains("original") ? "Row" : "More";
      column.append(text);
    }
  }

  // The boxes of Select2 are named by the label of their field, then by what is chosen.
  function nameSelect2() {
    for (const box of document.querySelectorAll(".select2-selection[role=combobox]")) {
      const field = box.closest(".select2-container").previousElementSibling;
      const label = field?.labels?.[0];
      const chosen = box.querySelector(".select2-selection__rendered");
      if (label && chosen) {
        label.id ||= `${field.id}_label`;
        box.setAttribute("aria-labelledby", `${label.id} ${chosen.id}`);
        chosen.setAttribute("aria-labelledby", label.id);
      } else if (field?.getAttribute("aria-label")) {
        box.setAttribute("aria-label", field.getAttribute("aria-label"));
      }
    }
  }

  // A date and its time are one group, named by the label of both.
  function nameDates() {
    for (const group of document.querySelectorAll("p.datetime")) {
      const label = group.parentElement.querySelector("label:not([for]), legend");
      if (!label) continue;
      group.setAttribute("role", "group");
      group.setAttribute("aria-label", label.textContent.replace(/:\s*$/, "").trim());
    }
  }

  function nameAll() {
    document.querySelectorAll("#result_list, .tabular table").forEach(nameFieldsOf);
    document.querySelectorAll("span.help-tooltip[aria-label]").forEach((icon) => {
      icon.setAttribute("role", "img");
    });
    document.getElementById("searchbar")?.setAttribute("aria-label", "Search");
    nameSelect2();
    nameDates();
  }

  // A box that scrolls says so, and can be scrolled by keyboard.
  function hint(box) {
    const isWide = box.scrollWidth > box.clientWidth + 1;
    const shown = box.previousElementSibling?.matches(".scroll-hint");
    box.classList.toggle("scrolls-sideways", isWide);
    if (isWide && !shown) {
      const sentence = document.createElement("p");
      sentence.className = "scroll-hint";
      sentence.textContent = HINT;
      box.before(sentence);
    } else if (!isWide && shown) {
      box.previousElementSibling.remove();
    }
    if (regions.has(box)) return;
    if (isWide) {
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", box.querySelector("h2")?.textContent.trim() ?? "Table");
    } else {
      for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
    }
  }

  window.addEventListener("load", () => {
    // What waits for jQuery may run after this event, but before what is added to its queue now.
    const afterWidgets = window.django?.jQuery ?? ((run) => run());
    afterWidgets(nameAll);
    document.addEventListener("formset:added", nameAll);
    document.addEventListener("focusin", (event) => {
      if (event.target.matches(".select2-search__field")) event.target.setAttribute("aria-label", "Search");
    });
    const watch = new ResizeObserver((entries) => entries.forEach(({target}) => hint(target)));
    boxes.forEach((box) => watch.observe(box));
  });
}
