//! Every operation of consul-client on a live server.
