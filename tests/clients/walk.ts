// A customer's way from sign-up to a moved order, with the types of the OpenAPI document.
// `@ts-expect-error` marks lines that must not compile: tsc reports each one that does.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Seat = components["schemas"]["Seat"];

const baseUrl = process.argv[2];
if (baseUrl === undefined) throw new Error("Give the address of the server.");

/** Return the body of a successful answer, or throw the problem. */
function dataOf<Data>(answer: { data?: Data; error?: unknown }): Data {
  if (answer.data === undefined) throw new Error(JSON.stringify(answer.error));
  return answer.data;
}

/** Headers that let a write be repeated safely. */
const once = () => ({ "Idempotency-Key": randomUUID() });

/** Sign up and log in; return a client that sends the token. */
async function customer(username: string) {
  const client = createClient<paths>({ baseUrl });
  const password = "a long enough one 4711";
  dataOf(await client.POST("/api/auth/signup/", { body: { username, password } }));
  const { access } = dataOf(await client.POST("/api/auth/login/", { body: { username, password } }));
  client.use({
    onRequest({ request }) {
      request.headers.set("Authorization", `Bearer ${access}`);
      return request;
    },
  });
  return client;
}

type Client = Awaited<ReturnType<typeof customer>>;

/** Return the upcoming show that has the most free seats. */
async function emptiestShow(client: Client) {
  const [movie] = dataOf(await client.GET("/api/movies/")).results;
  assert.ok(movie);
  const shows = dataOf(
    await client.GET("/api/movies/{id}/shows/", {
      params: { path: { id: movie.id }, query: { page_size: 100 } },
    }),
  ).results;
  const [show] = shows.sort((one, other) => other.available_seats - one.available_seats);
  assert.ok(show);
  return show.id;
}

const alice = await customer("alice-in-typescript");
const bob = await customer("bob-in-typescript");
const show = await emptiestShow(alice);
const ofShow = { path: { id: show } };

// A quote, and a hold at its price.
const best = { best: 2, category: "Standard", ticket_types: ["Adult", "Child"] };
const quote = dataOf(
  await alice.POST("/api/shows/{id}/quote/", { params: ofShow, body: best }),
);
const held = dataOf(
  await alice.POST("/api/shows/{id}/hold/", {
    params: { ...ofShow, header: once() },
    body: { ...best, expected_total: quote.total },
  }),
);
assert.equal(held.status, "held");
assert.equal(held.total, quote.total);
const seatNumbers = held.bookings.map((booking) => booking.seat_number);

const availability = dataOf(
  await bob.GET("/api/shows/{id}/availability/", { params: ofShow }),
);
for (const seatNumber of seatNumbers) assert.ok(availability.held.includes(seatNumber));

// Bob wants the same seats, and takes what the problem offers instead.
const late = await bob.POST("/api/shows/{id}/hold/", {
  params: { ...ofShow, header: once() },
  body: { seat_numbers: seatNumbers },
});
assert.ok(late.error);
// @ts-expect-error Not every problem of a hold has alternatives.
late.error.alternatives;
// @ts-expect-error A hold has no such code.
late.error.code === "seat_full";
if (late.error.code !== "seat_taken") throw new Error(late.error.detail);
const [instead] = late.error.alternatives ?? [];
assert.ok(instead);
const offered = dataOf(
  await bob.POST("/api/shows/{id}/hold/", {
    params: { ...ofShow, header: once() },
    body: { seat_numbers: instead },
  }),
);

// Alice pays and confirms.
const ofOrder = { path: { code: held.code } };
const booked = dataOf(
  await alice.POST("/api/orders/{code}/confirm/", {
    params: { ...ofOrder, header: once() },
    body: { payment_reference: randomUUID() },
  }),
);
assert.equal(booked.status, "booked");

// She cannot move to the seats of Bob, but to others.
const rejected = await alice.POST("/api/orders/{code}/move/", {
  params: { ...ofOrder, header: once() },
  body: { seat_numbers: offered.bookings.map((booking) => booking.seat_number) },
});
assert.equal(rejected.error?.code, "seat_taken");
const moved = dataOf(
  await alice.POST("/api/orders/{code}/move/", {
    params: { ...ofOrder, header: once() },
    body: { best: 2, category: "Standard" },
  }),
);
assert.equal(moved.bookings.length, 2);
assert.equal(moved.former_bookings.length, 2);

// She looks at the refund, cancels, and cannot cancel twice.
const preview = dataOf(
  await alice.GET("/api/orders/{code}/cancel/preview/", { params: ofOrder }),
);
const cancel = () =>
  alice.POST("/api/orders/{code}/cancel/", { params: { ...ofOrder, header: once() } });
const cancelled = dataOf(await cancel());
assert.equal(cancelled.status, "cancelled");
for (const { seat_number, refund } of preview.seats)
  assert.ok(
    cancelled.bookings.some((line) => line.seat_number === seat_number && line.refund === refund),
  );
const again = await cancel();
assert.equal(again.error?.code, "already_cancelled");

const bookings = dataOf(await alice.GET("/api/my-bookings/")).results;
assert.ok(bookings.length > 0);
for (const booking of bookings) assert.equal(booking.status, "cancelled");

// A form learns which field was wrong.
const taken = await createClient<paths>({ baseUrl }).POST("/api/auth/signup/", {
  body: { username: "alice-in-typescript", password: "a long enough one 4711" },
});
assert.ok(taken.error?.code === "invalid");
assert.equal(taken.error.errors[0]?.field, "username");
