// The room of Shell.
