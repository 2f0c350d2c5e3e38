// The room of OneDNN.
