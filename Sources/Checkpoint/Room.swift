// The room of Checkpoint.
