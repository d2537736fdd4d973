------------------------------- MODULE OrderTable ------------------------------
(* The table of hot/execute/machine.py: state x report -> next state and what to do.
   tests/model/test_tla.py reads both and compares them. *)

Table == [
  PENDING_NEW |-> [
    ACK |-> <<"LIVE", "ACK">>, FILL |-> <<"LIVE", "FILL">>,
    CANCEL_ACK |-> <<"CANCELLED", "END">>, REPLACE_ACK |-> <<"LIVE", "ACK">>,
    REJECT |-> <<"REJECTED", "REFUSE">>, CANCEL_REJECT |-> <<"PENDING_NEW", "STATE">>,
    EXPIRE |-> <<"EXPIRED", "END">>, UNKNOWN |-> <<"UNKNOWN", "DOUBT">>,
    BUST |-> <<"PENDING_NEW", "BUST">>],
  LIVE |-> [
    ACK |-> <<"LIVE", "ACK">>, FILL |-> <<"LIVE", "FILL">>,
    CANCEL_ACK |-> <<"CANCELLED", "END">>, REPLACE_ACK |-> <<"LIVE", "ACK">>,
    REJECT |-> <<"REJECTED", "REFUSE">>, CANCEL_REJECT |-> <<"LIVE", "STATE">>,
    EXPIRE |-> <<"EXPIRED", "END">>, UNKNOWN |-> <<"LIVE", "STATE">>,
    BUST |-> <<"LIVE", "BUST">>],
  PENDING_CANCEL |-> [
    ACK |-> <<"PENDING_CANCEL", "ACK">>, FILL |-> <<"PENDING_CANCEL", "FILL">>,
    CANCEL_ACK |-> <<"CANCELLED", "END">>, REPLACE_ACK |-> <<"PENDING_CANCEL", "ACK">>,
    REJECT |-> <<"REJECTED", "REFUSE">>, CANCEL_REJECT |-> <<"LIVE", "RESUME">>,
    EXPIRE |-> <<"EXPIRED", "END">>, UNKNOWN |-> <<"UNKNOWN", "DOUBT">>,
    BUST |-> <<"PENDING_CANCEL", "BUST">>],
  PENDING_REPLACE |-> [
    ACK |-> <<"PENDING_REPLACE", "ACK">>, FILL |-> <<"PENDING_REPLACE", "FILL">>,
    CANCEL_ACK |-> <<"CANCELLED", "END">>, REPLACE_ACK |-> <<"PENDING_REPLACE", "ACK">>,
    REJECT |-> <<"REJECTED", "REFUSE">>, CANCEL_REJECT |-> <<"LIVE", "RESUME">>,
    EXPIRE |-> <<"EXPIRED", "END">>, UNKNOWN |-> <<"UNKNOWN", "DOUBT">>,
    BUST |-> <<"PENDING_REPLACE", "BUST">>],
  UNKNOWN |-> [
    ACK |-> <<"LIVE", "ACK">>, FILL |-> <<"LIVE", "FILL">>,
    CANCEL_ACK |-> <<"CANCELLED", "END">>, REPLACE_ACK |-> <<"LIVE", "ACK">>,
    REJECT |-> <<"REJECTED", "REFUSE">>, CANCEL_REJECT |-> <<"UNKNOWN", "STATE">>,
    EXPIRE |-> <<"EXPIRED", "END">>, UNKNOWN |-> <<"UNKNOWN", "DUPLICATE">>,
    BUST |-> <<"UNKNOWN", "BUST">>]]
================================================================================
