-- For wrk: sends the requests of a plan, counts the answers by status, and prints JSON.
-- Each request goes to the next target. With a `spread` it also requests the next free seat.
local plan
local threads = {}
issued = 0
statuses = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  plan = dofile(args[1])
end

function request()
  local i = plan.start + issued
  issued = issued + 1
  local target, body
  if plan.spread > 0 then
    local group = plan.spread * plan.seats
    local within = i % group
    target = plan.targets[math.floor(i / group) * plan.spread + within % plan.spread + 1]
    body = string.format(plan.body, plan.first_seat + math.floor(within / plan.spread))
  else
    target = plan.targets[i % #plan.targets + 1]
    body = plan.body
  end
  local headers = { ["Content-Type"] = "application/json" }
  if #plan.tokens > 0 then
    headers["Authorization"] = "Bearer " .. plan.tokens[i % #plan.tokens + 1]
  end
  if target.etag then
    headers["If-None-Match"] = target.etag
  end
  return wrk.format(plan.method, target.path, headers, body)
end

function response(status)
  statuses[status] = (statuses[status] or 0) + 1
end

function done(summary, latency, requests)
  local thread = threads[1]
  local found = {}
  for status, count in pairs(thread:get("statuses") or {}) do
    table.insert(found, string.format('"%d": %d', status, count))
  end
  local errors = summary.errors
  io.write(string.format(
    '\n{"seconds": %.6f, "issued": %d, "p50": %.6f, "p99": %.6f, "failed": %d, "statuses": {%s}}\n',
    summary.duration / 1e6, thread:get("issued"), latency:percentile(50) / 1e6,
    latency:percentile(99) / 1e6,
    errors.connect + errors.read + errors.write + errors.timeout, table.concat(found, ", ")
  ))
end
