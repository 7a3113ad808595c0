//! The derive that turns a documented struct into a block of the vocabulary.
