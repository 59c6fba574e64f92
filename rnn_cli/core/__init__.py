"""The mathematics of recurrent networks. It uses NumPy, and no files, terminals or JSON.

A reading list for readers who know NumPy and want to know recurrent networks. Read in this order, in one sitting:

     1  activations.py         tanh, sigmoid, their slopes, softmax
     2  state.py               what a cell carries from one step to the next
     3  quantities.py          the values that a step computes with: read the docstring, and come back for the rest
     4  cells/rnn.py           the vanilla RNN: its equations, then the same in code, forward and backward
     5  cells/base.py          what the steps of cells call and what is derived from them: read the docstrings, gate, update,
                               slope, error, passed_back, and jacobian; the rest serves pages and files
     6  cells/records.py       the records of a step: its numbers, and its gradient in the backward pass
     7  cells/lstm.py          the LSTM: gates, and a cell state beside h
     8  cells/gru.py           the GRU, in its two forms
     9  network.py             layers, directions, the readout, and the path of an error back through them; reads.py has
                               what a readout can read
    10  trace.py               forward through time, one step after the other, every term kept
    11  learning/losses.py     what an answer costs, and the error that starts the backward pass
    12  bptt.py                backpropagation through time: the error of every loss goes back step by step
    13  truncation.py          what is lost where the backward pass is cut
    14  gradients/flow.py      why gradients vanish or explode: products of Jacobians. Read the docstring and Flow, then the
                               docstring of gradients/long_products.py; the rest is numerics
    15  verification.py        how a gradient is checked: read the docstring

These signs and words mean the same in all of these files:

    u * v           the product element by element, as in NumPy; W x is a matrix times a vector
    u ⊗ v           the outer product u v^T: the matrix with u_i v_j in row i and column j
    a_t             a pre-activation: what an activation is applied to. A cell with several gates has one for each, named
                    after the gate: i_t = sigmoid(a_i)
    dh_t            dL/dh_t, also called the error at h_t: a small change d of h_t changes the loss by about dh_t d
    (…, H)          the shape of an array: H numbers, after any leading axes such as steps (T) or sequences of a batch (B).
                    There may be no leading axis: (H,) is one step of one sequence
    Jacobian        J_t = ∂s_t/∂s_{t-1}: row i, column j says how number i of what a cell carries after step t changes with
                    number j of what it carried before
    run             the steps in the order in which a direction takes them: T, …, 1 in the backward direction
    loss step       a step at which the loss reads an output
    place           a named product, bias, activation or update of a step: another function can stand in for it
    many-to-one     the network reads many steps and gives one answer, at the end; a many-to-many network answers at
                    every step

The cells peephole.py, mingru.py and slstm.py vary what lstm.py and gru.py show. The other folders help: `fast` has
kernels that compute the same numbers faster (forward.py and backward.py run them over batches), `gradients` the products
of many Jacobians, `learning` how a network is trained, `systems` networks put together (encoder-decoder), `metrics`
scores, `attention` how a decoder looks back at all that an encoder read. why.py unfolds one number, decode.py generates
texts, seq2seq.py passes a state on.
"""
