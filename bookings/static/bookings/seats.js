// A click on a seat adds its number to the field or removes it. Seats in the field get a ring.
// The same click fills in the field of the seat whose history is shown.
"use strict";
{
  const field = document.getElementById("id_seat_numbers");
  const single = document.getElementById("id_seat");
  const seats = [...document.querySelectorAll("#picture.may-choose .seat")];
  const typed = () => (field ?? single).value.toUpperCase().split(/[\s,;]+/).filter(Boolean);

  function ring() {
    const chosen = new Set(typed());
    for (const seat of seats) {
      const existing = seat.querySelector(".seat-ring");
      if (!chosen.has(seat.dataset.seat)) existing?.remove();
      else if (!existing) {
        const circle = document.createElementNS("http://www.w3.org/2000/svg", "circle");
        circle.setAttribute("class", "seat-ring");
        circle.setAttribute("r", "15");
        seat.append(circle);
      }
    }
  }

  for (const seat of seats) {
    seat.addEventListener("click", () => {
      const numbers = typed();
      const number = seat.dataset.seat;
      if (single) single.value = number;
      if (field) {
        const others = numbers.filter((other) => other !== number);
        field.value = (numbers.includes(number) ? others : [...numbers, number]).join(", ");
      }
      ring();
    });
  }
  if (seats.length) {
    (field ?? single).addEventListener("input", ring);
    ring();
  }
}
