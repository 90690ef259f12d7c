//! Every operation of vault-client on a live server.
