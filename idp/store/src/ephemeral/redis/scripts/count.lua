return tonumber(alive(KEYS[2] .. '@' .. epoch) or 0)
