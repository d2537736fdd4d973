// tp_feed: MoldUDP64 packets of ITCH 5.0 to the top of one stock's book.
//
// tp_itch_parse and tp_top_book with one `init`: a pulse forgets session and book, latches the
// settings and takes 2^SET_W clocks (init_busy, no beats are taken meanwhile). The book then
// follows the stream as one that begins empty: from message 1 of the session, or with cfg_join
// from the first packet, for a caller who knows that the stock has no orders yet.
//
// Latency: 19 clocks from the last beat of a message to top_valid (see tp_top_book for the slow
// cases). Rate: a beat a clock while the messages of the stock come every 6 clocks on average
// (replaces 12); more fill the queue of 2^QUEUE_W messages, then beats wait. Reset: not
// initialised, packets are taken and give nothing.
`default_nettype none
module tp_feed #(
    parameter integer SET_W = 10,
    parameter integer WORD_W = 5,
    parameter integer WORDS_W = 5,
    parameter integer QUEUE_W = 5
) (
    input  wire         aclk,
    input  wire         aresetn,
    input  wire [63:0]  s_pkt_tdata,
    input  wire [7:0]   s_pkt_tkeep,
    input  wire         s_pkt_tlast,
    input  wire         s_pkt_tvalid,
    output wire         s_pkt_tready,
    input  wire [15:0]  cfg_locate,        // the stock; settings count at `init`
    input  wire         cfg_cents,         // a tick is a cent, else 10^-4 dollar
    input  wire         cfg_join,
    input  wire         init,
    output wire         init_busy,
    output wire         top_valid,
    output wire         top_ok,
    output wire [31:0]  bid_ticks,
    output wire [31:0]  bid_lots,
    output wire [31:0]  ask_ticks,
    output wire [31:0]  ask_lots,
    output wire         feed_ok,           // no loss in the stream
    output wire         book_ok,           // none in the book either
    output wire [3:0]   lost_reason,       // see tp_top_book
    output wire         ended,
    output wire [40:0]  next_sequence,
    output wire [15:0]  live_orders,
    output wire [31:0]  n_packets,         // counters: modulo 2^32, cleared by reset alone
    output wire [31:0]  n_orders,
    output wire [31:0]  n_skipped,
    output wire [31:0]  n_duplicates,
    output wire [31:0]  n_gaps,
    output wire [31:0]  n_controls,
    output wire [31:0]  n_malformed,
    output wire [31:0]  n_unknown,
    output wire [31:0]  n_foreign,
    output wire [31:0]  n_tops,
    output wire [31:0]  n_lost
);
    reg [15:0] locate;
    reg        cents, join_now;
    always @(posedge aclk) if (init) begin
        locate <= cfg_locate;
        cents <= cfg_cents;
        join_now <= cfg_join;
    end

    wire [199:0] order_tdata;
    wire         order_tvalid, order_tready;

    tp_itch_parse #(.QUEUE_W(QUEUE_W)) parse (
        .aclk(aclk), .aresetn(aresetn), .s_pkt_tdata(s_pkt_tdata), .s_pkt_tkeep(s_pkt_tkeep),
        .s_pkt_tlast(s_pkt_tlast), .s_pkt_tvalid(s_pkt_tvalid), .s_pkt_tready(s_pkt_tready),
        .m_order_tdata(order_tdata), .m_order_tvalid(order_tvalid), .m_order_tready(order_tready),
        .cfg_locate(locate), .cfg_join(join_now), .init(init), .hold(init_busy),
        .feed_ok(feed_ok), .ended(ended), .next_sequence(next_sequence), .n_packets(n_packets),
        .n_orders(n_orders), .n_skipped(n_skipped), .n_duplicates(n_duplicates), .n_gaps(n_gaps),
        .n_controls(n_controls), .n_malformed(n_malformed), .n_unknown(n_unknown),
        .n_foreign(n_foreign)
    );

    tp_top_book #(.SET_W(SET_W), .WORD_W(WORD_W), .WORDS_W(WORDS_W)) book (
        .aclk(aclk), .aresetn(aresetn), .init(init), .init_busy(init_busy), .cfg_cents(cents),
        .s_order_tdata(order_tdata), .s_order_tvalid(order_tvalid), .s_order_tready(order_tready),
        .top_valid(top_valid), .top_ok(top_ok), .bid_ticks(bid_ticks), .bid_lots(bid_lots),
        .ask_ticks(ask_ticks), .ask_lots(ask_lots), .book_ok(book_ok), .lost_reason(lost_reason),
        .live_orders(live_orders), .n_tops(n_tops), .n_lost(n_lost)
    );

`ifdef FORMAL
`include "feed_proof.svh"
`endif
endmodule
`default_nettype wire
