//! Every operation of nomad-client on a live server.
