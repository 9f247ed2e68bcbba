return (alive(KEYS[2] .. '@' .. epoch))
