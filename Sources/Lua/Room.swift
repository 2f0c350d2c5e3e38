// The room of Lua.
