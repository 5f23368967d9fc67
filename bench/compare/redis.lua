-- Places the orders of a call and returns their decisions, 4 bytes each (common.h, Decision).
--
-- KEYS: order ids of 16 bytes. ARGV: their bodies (common.h, body_of). An order is stored under its
-- id as its body and decision, a SKU's stock under 's' and its number as 16 cells of 32 bits, the
-- nodes of each region by cost under 'costs'. Everything a call needs is read by two MGETs and
-- written by one MSET, since a command costs more than what it does.
local byte, sub = string.byte, string.sub
local row_format = '<' .. string.rep('I4', 16)

local costs = redis.call('GET', 'costs')
local stored = redis.call('MGET', unpack(KEYS))

local names, rows = {}, {}
for _, body in ipairs(ARGV) do
  for at = 3, #body, 5 do
    local name = 's' .. sub(body, at, at + 3)
    if not rows[name] then
      rows[name] = true
      names[#names + 1] = name
    end
  end
end
for index, value in ipairs(redis.call('MGET', unpack(names))) do
  rows[names[index]] = {struct.unpack(row_format, value)}
end

local function encode(verdict, nodes)
  local word = verdict * 1048576
  local unit = 1
  for _, node in ipairs(nodes) do
    word = word + (node - 1) * unit
    unit = unit * 16
  end
  return struct.pack('<I4', word)
end

-- The cheapest node that has every line; nil without one. Nodes count from 1.
local function one_node(by_cost, lines, wanted)
  for rank = 1, 16 do
    local node = by_cost[rank] + 1
    local has_all = true
    for line = 1, #lines do
      if lines[line][node] < wanted[line] then
        has_all = false
        break
      end
    end
    if has_all then
      return node
    end
  end
end

-- The cheapest node of each line; nil where a line is nowhere.
local function split(by_cost, lines, wanted)
  local nodes = {}
  for line = 1, #lines do
    for rank = 1, 16 do
      local node = by_cost[rank] + 1
      if lines[line][node] >= wanted[line] then
        nodes[line] = node
        break
      end
    end
    if not nodes[line] then
      return nil
    end
  end
  return nodes
end

local regions, changed, writes, answers, placed = {}, {}, {}, {}, {}

local function place(body)
  local region = byte(body, 1)
  local by_cost = regions[region]
  if not by_cost then
    by_cost = {byte(costs, region * 16 + 1, region * 16 + 16)}
    regions[region] = by_cost
  end
  local lines, wanted, line_names = {}, {}, {}
  for at = 3, #body, 5 do
    local name = 's' .. sub(body, at, at + 3)
    lines[#lines + 1] = rows[name]
    line_names[#lines] = name
    wanted[#lines] = byte(body, at + 4)
  end
  local verdict, nodes = 1, nil
  local node = one_node(by_cost, lines, wanted)
  if node then
    nodes = {}
    for line = 1, #lines do
      nodes[line] = node
    end
  else
    verdict, nodes = 2, split(by_cost, lines, wanted)
    if not nodes then
      return encode(3, {})
    end
  end
  for line = 1, #lines do
    lines[line][nodes[line]] = lines[line][nodes[line]] - wanted[line]
    changed[line_names[line]] = lines[line]
  end
  return encode(verdict, nodes)
end

for index, id in ipairs(KEYS) do
  local body = ARGV[index]
  local before = stored[index] or placed[id]
  if before then
    if sub(before, 1, -5) ~= body then
      return redis.error_reply('CONFLICT an id came again with another body')
    end
    answers[index] = sub(before, -4)
  else
    local decision = place(body)
    placed[id] = body .. decision
    writes[#writes + 1] = id
    writes[#writes + 1] = placed[id]
    answers[index] = decision
  end
end

for name, row in pairs(changed) do
  writes[#writes + 1] = name
  writes[#writes + 1] = struct.pack(row_format, unpack(row))
end
if #writes > 0 then
  redis.call('MSET', unpack(writes))
end
return table.concat(answers)
