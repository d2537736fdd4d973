// tp_order_table: live orders by reference; order messages in, changes of price levels out.
//
// Four ways of 2^SET_W orders each. Every way has its own hash of the reference, so orders that
// meet in one way part in another; a new order takes the first way that is free. In: words of
// tp_itch_parse. Out: m_level, at most one change a message, two for a replace (the last one
// marked). A message that cannot be used, and a full table, give m_level_lost with the reason;
// after it all is taken and nothing given until `init`.
//
// Latency: 7 clocks from s_order to m_level. Rate: a message in 6 clocks, a replace in 12. `init`
// sweeps the table, 2^SET_W clocks of `busy`. Reset: lost, until `init`.
`default_nettype none
module tp_order_table #(
    parameter integer SET_W = 10,
    parameter integer REF_W = 64           // less for proofs alone
) (
    input  wire         aclk,
    input  wire         aresetn,
    input  wire         init,
    input  wire         cfg_cents,
    output reg          busy,
    input  wire [199:0] s_order_tdata,
    input  wire         s_order_tvalid,
    output wire         s_order_tready,
    output reg          m_level_valid,
    input  wire         m_level_ready,
    output reg          m_level_lost,
    output reg  [3:0]   m_level_reason,
    output reg          m_level_last,
    output reg          m_level_add,       // else the lots leave
    output reg          m_level_gone,      // the order leaves as a whole
    output reg          m_level_side,      // 1: ask
    output reg  [23:0]  m_level_ticks,
    output reg  [23:0]  m_level_lots,
    output reg  [SET_W+2:0] live_orders
);
    // What is none of the others is a delete.
    // verilator lint_off UNUSEDPARAM
    localparam [2:0] OP_ADD = 0, OP_REDUCE = 1, OP_DELETE = 2, OP_REPLACE = 3;
    // verilator lint_on UNUSEDPARAM
    localparam [3:0] LOST_UNKNOWN = 5, LOST_DUPLICATE = 6, LOST_FULL = 7, LOST_RANGE = 8;
    localparam [2:0] IDLE = 0, READ = 1, OUT = 2, MATCH = 3, PICK = 4, CHECK = 5, WRITE = 6;
    localparam integer WORD_W = 1 + REF_W + 1 + 24 + 24;  // used, reference, side, lots, ticks

    reg [2:0]   state;
    reg         dead;                      // lost: nothing is given
    reg         second;                    // the new order of a replace
    // The price goes to the grid as it comes.
    // verilator lint_off UNUSEDSIGNAL
    reg [199:0] head;
    // verilator lint_on UNUSEDSIGNAL
    reg [SET_W-1:0] sweep;
    wire [2:0]  op = head[2:0];
    wire        side = head[7];
    wire [31:0] lots = head[39:8];
    wire [REF_W-1:0] reference = second ? head[136 +: REF_W] : head[72 +: REF_W];
    wire        step = state != WRITE || !m_level_valid || m_level_ready;
    wire        finish = state == WRITE && step && (op != OP_REPLACE || second || bad);
    assign      s_order_tready = !busy && !init && (state == IDLE || finish);
    wire        take = s_order_tvalid && s_order_tready;

    wire [23:0] ticks;
    wire        grid_ok;
    tp_price_grid grid (
        .aclk(aclk), .load(take), .price(s_order_tdata[71:40]), .cents(cfg_cents),
        .ticks(ticks), .ok(grid_ok)
    );

    // ------------------------------------------------------------------ the ways
    function automatic [SET_W-1:0] turned(input [SET_W-1:0] x, input integer by);
        turned = (x << (by % SET_W)) | (x >> (SET_W - by % SET_W));
    endfunction

    function automatic [SET_W-1:0] hash(input [63:0] r, input integer way);
        hash = r[SET_W-1:0];
        for (int k = 1; k * SET_W < 64; k = k + 1)
            hash = hash ^ turned(SET_W'(r >> (k * SET_W)), way * k + k / 2);
    endfunction

    wire [WORD_W-1:0] out [0:3];
    reg [WORD_W-1:0]  q [0:3];
    reg [3:0]   hit, free, write;
    reg [WORD_W-1:0] wdata;
    genvar w;
    generate for (w = 0; w < 4; w = w + 1) begin : ways
        wire [SET_W-1:0] at = hash(64'(reference), w);
        tp_order_way #(.SET_W(SET_W), .WORD_W(WORD_W)) way (
            .aclk(aclk), .we(busy || write[w]), .waddr(busy ? sweep : at), .wdata(wdata),
            .re(state == READ), .raddr(at), .q(out[w])
        );
        always @(posedge aclk) if (state == OUT) q[w] <= out[w];
    end endgenerate

    reg         found, room, old_side, kept_side;
    reg [23:0]  old_lots, old_ticks;
    wire [48:0] picked = (hit[0] ? q[0][48:0] : 49'd0) | (hit[1] ? q[1][48:0] : 49'd0)
                       | (hit[2] ? q[2][48:0] : 49'd0) | (hit[3] ? q[3][48:0] : 49'd0);

    always @(posedge aclk) begin
        if (state == MATCH)
            for (int k = 0; k < 4; k = k + 1) begin
                hit[k] <= q[k][WORD_W-1] && q[k][49 +: REF_W] == reference;
                free[k] <= !q[k][WORD_W-1];
            end
        if (state == PICK) begin
            found <= |hit;
            room <= |free;
            {old_side, old_lots, old_ticks} <= picked;
        end
    end

    // ------------------------------------------------------------------ what becomes of the order
    wire        adds = op == OP_ADD || second;
    wire        lots_ok = lots != 32'd0 && lots[31:24] == 8'd0;
    reg         less;                      // a part of the order stays
    wire [3:0]  free_first = free & (~free + 4'd1);
    reg [3:0]   reason;
    reg [23:0]  rest;
    always @(posedge aclk) if (state == CHECK) begin
        rest <= old_lots - lots[23:0];
        less <= op == OP_REDUCE && lots[23:0] != old_lots;
        reason <= 4'd0;
        if (op > OP_REPLACE) reason <= head[6:3];
        else if ((op == OP_ADD || op == OP_REPLACE) && (!lots_ok || !grid_ok)) reason <= LOST_RANGE;
        else if (op == OP_REDUCE && lots == 32'd0) reason <= LOST_RANGE;
        else if (!adds && !found) reason <= LOST_UNKNOWN;
        else if (op == OP_REDUCE && lots > {8'd0, old_lots}) reason <= LOST_RANGE;
        else if (adds && found) reason <= LOST_DUPLICATE;
        else if (adds && !room) reason <= LOST_FULL;
    end
    wire        bad = dead || reason != 4'd0;
    wire        new_side = second ? kept_side : side;

    always @* begin
        write = 4'd0;
        wdata = {WORD_W{1'b0}};
        if (!busy && state == WRITE && step && !bad) begin
            write = adds ? free_first : hit;
            if (adds) wdata = {1'b1, reference, new_side, lots[23:0], ticks};
            else if (less) wdata = {1'b1, reference, old_side, rest, old_ticks};
        end
    end

    always @(posedge aclk) begin
        if (take) head <= s_order_tdata;
        if (state == WRITE && step) begin
            kept_side <= old_side;
            m_level_lost <= bad;
            m_level_reason <= reason;
            m_level_last <= op != OP_REPLACE || second || bad;
            m_level_add <= adds;
            m_level_gone <= !adds && !less;
            m_level_side <= adds ? new_side : old_side;
            m_level_ticks <= adds ? ticks : old_ticks;
            m_level_lots <= adds || op == OP_REDUCE ? lots[23:0] : old_lots;
        end
        if (busy) sweep <= sweep + 1'b1;
        if (!aresetn || init) begin
            state <= IDLE;
            dead <= !aresetn;
            busy <= aresetn;
            sweep <= 0;
            second <= 1'b0;
            m_level_valid <= 1'b0;
            live_orders <= 0;
        end else begin
            if (&sweep) busy <= 1'b0;
            if (m_level_ready) m_level_valid <= 1'b0;
            case (state)
                IDLE: state <= take ? READ : IDLE;
                READ, OUT, MATCH, PICK, CHECK: state <= state + 3'd1;
                default: if (step) begin
                    m_level_valid <= !dead;
                    if (reason != 4'd0) dead <= 1'b1;
                    second <= !finish;
                    state <= !finish || take ? READ : IDLE;
                    if (!bad && adds) live_orders <= live_orders + 1'b1;
                    if (!bad && !adds && !less) live_orders <= live_orders - 1'b1;
                end
            endcase
        end
    end

`ifdef FORMAL
    // one reference is followed: what is given for it is what was put in
    reg past = 1'b0;
    (* anyconst *) wire [REF_W-1:0] watched;
    reg        there = 1'b0;
    reg        there_side;
    reg [23:0] there_lots;
    wire       mine = reference == watched;
    always @* begin
        assume (aresetn == past);
        assume (!cfg_cents);
        assume (s_order_tdata[2:0] <= OP_REPLACE || s_order_tdata[6:3] != 4'd0);
    end
    always @(posedge aclk) begin
        past <= 1'b1;
        if (!aresetn || init) there <= 1'b0;
        else if (state == WRITE && step && mine && !bad) begin
            there <= adds || less;
            if (adds) there_side <= new_side;
            there_lots <= adds ? lots[23:0] : rest;
        end
        if (past && aresetn) begin
            a_state: assert (state <= WRITE);
            a_sweep: assert (busy || sweep == 0);
            if (adds)
                a_free: assert ((write & (write - 4'd1)) == 4'd0 && (write & ~free) == 4'd0);
            a_lost_rests: assert (!(dead && m_level_valid && !m_level_lost && m_level_ready)
                                  || $past(m_level_valid));
            if ($past(aresetn) && !$past(init) && $past(m_level_valid && !m_level_ready))
                a_hold: assert (m_level_valid && $stable(m_level_ticks) && $stable(m_level_lots)
                                && $stable(m_level_side) && $stable(m_level_lost));
            if (second) a_second: assert (op == OP_REPLACE && state != IDLE);
            if (state == WRITE && adds && reason == 4'd0) a_placed: assert (free != 4'd0);
`ifdef DEEP
            if (!dead && (state == CHECK || state == WRITE))
                a_one_way: assert ((hit & (hit - 4'd1)) == 4'd0);
            if (state == WRITE && mine && !dead && !bad)
                a_known: assert (there != adds);
            if (state == WRITE && mine && !dead && op <= OP_REPLACE && !adds)
                a_found: assert (found == there);
            if (state == WRITE && mine && !dead && there && !adds && op <= OP_REPLACE)
                a_same: assert (old_lots == there_lots && old_side == there_side);
            a_live: assert (live_orders <= (SET_W+3)'(4 << SET_W));
            c_full: cover (m_level_valid && m_level_lost && m_level_reason == LOST_FULL);
            c_replaced: cover (m_level_valid && second && state == READ);
            c_part: cover (m_level_valid && !m_level_add && !m_level_gone && !m_level_lost);
`endif
        end
    end
`endif
endmodule
`default_nettype wire
