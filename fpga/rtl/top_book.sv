// tp_top_book: order messages of one stock to the best bid and ask, in ticks and lots.
//
// tp_order_table keeps the orders, two tp_price_side the levels near the touch. After every message
// that changes the top, top_valid is 1 for a clock: top_ok when both sides are there and not
// crossed. An empty side has 0 ticks and 0 lots. What the book cannot know exactly makes it lost
// (book_ok 0), sticky until `init`: a loss of the feed, an unknown or double reference, a full
// table, numbers out of range or off the grid, a side whose levels have all left the window. The
// top then goes to 0 and not ok once, and no message changes it: never a wrong top.
//
// lost_reason, the first one since `init`: 0 none, 1 gap, 2 malformed packet, 3 another session,
// 4 malformed message, 5 unknown order, 6 double reference, 7 table full, 8 range or grid, 9
// window, 10 level beyond 24 bits, 15 not yet initialised. `init` takes 2^SET_W clocks (init_busy).
//
// Latency: 13 clocks from s_order to top_valid; 4 more when the window moves, 6 more when the best
// level empties. Rate: a message in 6 clocks, a replace in 12. Never overflows: s_order waits.
`default_nettype none
module tp_top_book #(
    parameter integer SET_W = 10,          // 2^SET_W sets of 4 orders
    parameter integer WORD_W = 5,          // 2^(WORD_W + WORDS_W) ticks of window a side
    parameter integer WORDS_W = 5
) (
    input  wire         aclk,
    input  wire         aresetn,
    input  wire         init,
    output wire         init_busy,
    input  wire         cfg_cents,         // a tick is a cent; else 10^-4 dollar
    input  wire [199:0] s_order_tdata,
    input  wire         s_order_tvalid,
    output wire         s_order_tready,
    output reg          top_valid,
    output reg          top_ok,
    output reg  [31:0]  bid_ticks,
    output reg  [31:0]  bid_lots,
    output reg  [31:0]  ask_ticks,
    output reg  [31:0]  ask_lots,
    output reg          book_ok,
    output reg  [3:0]   lost_reason,
    output wire [15:0]  live_orders,
    output reg  [31:0]  n_tops,
    output reg  [31:0]  n_lost             // times that the book was lost
);
    localparam [3:0] LOST_WINDOW = 9, LOST_LEVEL = 10, NEVER = 15;
    localparam integer LIVE_W = SET_W + 3;

    wire        level_valid, level_ready, level_lost, level_last, level_add, level_gone, level_side;
    wire [3:0]  level_reason;
    wire [23:0] level_ticks, level_lots;
    wire [LIVE_W-1:0] live;
    assign      live_orders = 16'(live);

    tp_order_table #(.SET_W(SET_W)) orders (
        .aclk(aclk), .aresetn(aresetn), .init(init), .cfg_cents(cfg_cents), .busy(init_busy),
        .s_order_tdata(s_order_tdata), .s_order_tvalid(s_order_tvalid),
        .s_order_tready(s_order_tready),
        .m_level_valid(level_valid), .m_level_ready(level_ready), .m_level_lost(level_lost),
        .m_level_reason(level_reason), .m_level_last(level_last), .m_level_add(level_add),
        .m_level_gone(level_gone), .m_level_side(level_side), .m_level_ticks(level_ticks),
        .m_level_lots(level_lots), .live_orders(live)
    );

    // ------------------------------------------------------------------ one change after the other
    wire [1:0]  done, fault, known, any;
    wire [23:0] bid_key, ask_key, bid_sum, ask_sum;
    reg         running, last;             // a change is in a side; it ends its message
    wire        finished = |done;
    assign      level_ready = !running || (finished && !level_lost);
    wire        start = level_valid && level_ready && !level_lost;
    wire        lose = level_valid && level_ready && level_lost;

    tp_price_side #(.WORD_W(WORD_W), .WORDS_W(WORDS_W), .LIVE_W(LIVE_W)) bids (
        .aclk(aclk), .aresetn(aresetn), .init(init), .op_valid(start && !level_side),
        .op_add(level_add), .op_gone(level_gone), .op_key(level_ticks),
        .op_lots(level_lots), .done(done[0]), .fault(fault[0]), .best_known(known[0]),
        .any(any[0]), .best_key(bid_key), .best_lots(bid_sum)
    );
    tp_price_side #(.WORD_W(WORD_W), .WORDS_W(WORDS_W), .LIVE_W(LIVE_W)) asks (
        .aclk(aclk), .aresetn(aresetn), .init(init), .op_valid(start && level_side),
        .op_add(level_add), .op_gone(level_gone), .op_key(~level_ticks),
        .op_lots(level_lots), .done(done[1]), .fault(fault[1]), .best_known(known[1]),
        .any(any[1]), .best_key(ask_key), .best_lots(ask_sum)
    );

    // ------------------------------------------------------------------ the top, when it changes
    reg         e_valid, e_lost;
    reg [1:0]   e_any;
    reg [3:0]   e_reason;
    reg [23:0]  e_bid, e_bid_lots, e_ask, e_ask_lots;
    wire        changed = {bid_ticks[23:0], bid_lots[23:0], ask_ticks[23:0], ask_lots[23:0]}
                          != {e_bid, e_bid_lots, e_ask, e_ask_lots};

    always @(posedge aclk) begin
        e_bid <= any[0] ? bid_key : 24'd0;
        e_bid_lots <= any[0] ? bid_sum : 24'd0;
        e_ask <= any[1] ? ~ask_key : 24'd0;
        e_ask_lots <= any[1] ? ask_sum : 24'd0;
        e_any <= any;
        e_reason <= lose ? level_reason : fault != 2'd0 ? LOST_LEVEL : LOST_WINDOW;
        if (start) last <= level_last;
        if (!aresetn || init) begin
            running <= 1'b0;
            e_valid <= 1'b0;
            e_lost <= 1'b0;
        end else begin
            running <= start || (running && !finished);
            e_valid <= finished && last;
            e_lost <= lose || (finished && (fault != 2'd0 || (last && known != 2'b11)));
        end
    end

    always @(posedge aclk) begin
        top_valid <= 1'b0;
        if (!aresetn || init) begin
            top_ok <= 1'b0;
            book_ok <= aresetn;
            lost_reason <= aresetn ? 4'd0 : NEVER;
            {bid_ticks, bid_lots, ask_ticks, ask_lots} <= 128'd0;
        end else if (book_ok && e_lost) begin
            book_ok <= 1'b0;
            lost_reason <= e_reason;
            top_valid <= 1'b1;
            top_ok <= 1'b0;
            {bid_ticks, bid_lots, ask_ticks, ask_lots} <= 128'd0;
        end else if (book_ok && e_valid && changed) begin
            top_valid <= 1'b1;
            top_ok <= e_any == 2'b11 && e_bid <= e_ask;
            bid_ticks <= {8'd0, e_bid};
            bid_lots <= {8'd0, e_bid_lots};
            ask_ticks <= {8'd0, e_ask};
            ask_lots <= {8'd0, e_ask_lots};
        end
        if (!aresetn) begin
            n_tops <= 0;
            n_lost <= 0;
        end else begin
            n_tops <= n_tops + 32'(top_valid);
            n_lost <= n_lost + 32'(book_ok && e_lost && !init);
        end
    end

`ifdef FORMAL
`include "top_book_proof.svh"
`endif
endmodule
`default_nettype wire
