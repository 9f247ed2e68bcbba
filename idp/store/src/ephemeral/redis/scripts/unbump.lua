-- Gives the count that is left.
local key = KEYS[2] .. '@' .. epoch
local count, over = alive(key)
if not count or tonumber(count) < 1 then
    return 0
end
count = string.format('%d', tonumber(count) - 1)
redis.call('SET', key, over .. ':' .. count, 'KEEPTTL')
return tonumber(count)
