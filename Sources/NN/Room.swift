// The room of NN.
