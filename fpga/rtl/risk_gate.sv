// Pre-trade risk gate in line with the orders: what it does not allow does not leave.
//
// In: messages of 128 bits: [7:0] kind (0 order, 1 fill, 2 done, 3 reference), [15:8] side (0 buy,
// 1 sell), [31:16] 0, [63:32] lots, [95:64] price_ticks, [127:96] tag; a reference has bid_ticks in
// place of lots and ask_ticks in place of price. Out: a verdict for every order ([15:0] code of
// core/codes.py, [63:32] tag) and the allowed orders as they came. devices/fpga/gate.py defines the
// codes. Order, open lots and position are exact: native risk gives the same codes.
//
// How. The ceiling is a number of lots, W = floor(part of equity / reference). Kept a side is what
// is past it: the worst case held less W less 1, below 0 while there is room. An order at or below
// the reference takes no multiplication: it must fit the room. One above it is worth more: it fits
// surely when W / 16 + 1 lots of room are left beside it (the collar is at most 1/16 wide), else
// floor(part of equity / price) is divided out. What is past, open lots and position with the
// message are computed on the way into stage 3, so that the decision reads signs. Messages do not
// push each other: one waits at stage 1 until what is before it has changed the state, then takes
// its three steps, so that a clock's work hangs on registers and not on the decision of that clock.
//
// Latency 4 clocks; 30 more for an order above the reference within W / 16 of the ceiling. A
// message every 3 clocks, allowed or refused. A reference or a commit holds the stream while bounds
// are computed, at most 100 and 260 clocks. A verdict and its order appear together; the next order
// is judged when both have been taken, a clock later. What stands at the output has been allowed
// and stays.
//
// Reset: disarmed, all limits 0, no reference: nothing passes. cfg_* (but arm, kill) are taken at
// one edge after cfg_commit, when the stream before it is judged; keep them until stat_busy is low.
// The position is taken with them while cfg_arm is low only; one past LOTS_W bits refuses the
// commit. Registers only tighten: parts of a million are cut to tp_limits_pkg, the rate's step is
// never shorter than its rate there and its room shorter than a second. cfg_arm low or cfg_kill
// high stop orders at once. A kill while armed, and a report that fits no open order, stop them
// until cfg_arm falls and rises. Too large: lots past LOTS_W bits RISK_QUANTITY_MAX, price past
// PRICE_W RISK_COLLAR or RISK_OVERFLOW, a worst case past LOTS_W RISK_OVERFLOW; a reference past
// PRICE_W counts as an error and as none.
//
// Its properties are in formal/risk_gate_proof.svh.
`default_nettype none
module tp_gate #(
    parameter integer PRICE_W = 24,
    parameter integer LOTS_W = 24
) (
    input  wire         aclk,
    input  wire         aresetn,
    input  wire [127:0] s_msg_tdata,
    input  wire         s_msg_tvalid,
    output wire         s_msg_tready,
    output wire [63:0]  m_verdict_tdata,
    output wire         m_verdict_tvalid,
    input  wire         m_verdict_tready,
    output wire [127:0] m_order_tdata,
    output wire         m_order_tvalid,
    input  wire         m_order_tready,
    input  wire [63:0]  now_ns,              // taken with each message, never counts back
    input  wire [31:0]  cfg_lots_max,
    input  wire [63:0]  cfg_equity,          // ticks times lots
    input  wire [31:0]  cfg_position_ppm,
    input  wire [31:0]  cfg_collar_ppm,
    input  wire [31:0]  cfg_rate_step_ns,
    input  wire [31:0]  cfg_rate_room_ns,
    input  wire [31:0]  cfg_position_lots,   // two's complement; these three while disarmed
    input  wire [31:0]  cfg_open_buy_lots,
    input  wire [31:0]  cfg_open_sell_lots,
    input  wire         cfg_commit,          // pulse
    input  wire         cfg_arm,
    input  wire         cfg_kill,
    output wire         stat_armed,          // orders may pass
    output wire         stat_killed,         // stopped until cfg_arm falls and rises
    output wire         stat_busy,           // a commit or a reference is being taken in
    output wire         stat_commit_error,   // the last commit changed nothing
    output wire [31:0]  stat_position,       // two's complement
    output wire [31:0]  stat_open_buy,
    output wire [31:0]  stat_open_sell,
    output wire [31:0]  count_orders,
    output wire [31:0]  count_allowed,
    output wire [15:0]  count_refused_state,
    output wire [15:0]  count_refused_order,
    output wire [15:0]  count_refused_collar,
    output wire [15:0]  count_refused_position,
    output wire [15:0]  count_refused_rate,
    output wire [15:0]  count_errors
);
`ifdef FORMAL
    localparam integer PPM = 8, PPM_W = 3, XW = 8, CUT = 2;
    localparam [31:0] POSITION_MAX = 5, COLLAR_MAX = 2;
`else
    localparam integer PPM = 1000000, PPM_W = 16, XW = 64, CUT = 4;
    localparam [31:0] POSITION_MAX = tp_limits_pkg::POSITION_CEILING_PPM;
    localparam [31:0] COLLAR_MAX = tp_limits_pkg::PRICE_COLLAR_PPM_MAX;
`endif
    localparam [31:0] RATE_MAX = tp_limits_pkg::ORDER_RATE_PER_S_MAX;
    localparam [31:0] STEP_MIN = (1000000000 + RATE_MAX - 1) / RATE_MAX;
    localparam [31:0] ROOM_MAX = 1000000000 - STEP_MIN;
    localparam integer OW = LOTS_W + 2;        // open lots of a side
    localparam integer RW = LOTS_W + 3;        // room and position, signed
    localparam integer TW = 35;                // what is owed to the rate in ns, signed
    localparam integer REF_W = PRICE_W + 1;    // twice the reference
    localparam integer OFF_W = PRICE_W + 3;    // twice the distance, signed

    localparam [1:0] ORDER = 2'd0, FILL = 2'd1, DONE = 2'd2, REFERENCE = 2'd3;
    localparam [9:0] RISK_KILLED = 600, RISK_INTENT = 602, RISK_PRICE_GRID = 605,
        RISK_QUANTITY_MIN = 606, RISK_QUANTITY_MAX = 607, RISK_POSITION = 610, RISK_COLLAR = 611,
        RISK_RATE = 612, RISK_OVERFLOW = 614, RISK_EQUITY = 615;
    localparam [3:0] RUN = 4'd0, APPLY = 4'd1, LOAD = 4'd2, EQUITY = 4'd3, COLLAR = 4'd4,
        CEILING = 4'd5, DELTA = 4'd6, ROOMS = 4'd7, EXACT = 4'd8, EXACT_OVER = 4'd9;
    localparam [1:0] OF_EQUITY = 2'd0, OF_COLLAR = 2'd1, AT_REFERENCE = 2'd2, AT_PRICE = 2'd3;

    // The band needs a collar of at most 1 / 2^CUT; the adding of bounds, parts below one, of PPM_W
    // bits; the bid of a reference, a place of lots.
    generate
        if ((COLLAR_MAX << CUT) > PPM || POSITION_MAX > PPM || PRICE_W > LOTS_W
            || (POSITION_MAX | COLLAR_MAX) >> PPM_W != 0)
        begin : limits_too_wide
            tp_gate_needs_other_constants limits_too_wide ();
        end
    endgenerate

    // ------------------------------------------------------------ settings and state
    reg                   settled_reg;         // settings were taken since reset
    reg [LOTS_W-1:0]      lots_cap_reg;
    reg [PPM_W-1:0]       position_ppm_reg, collar_ppm_reg;
    reg [31:0]            step_ns_reg;
    reg [29:0]            room_ns_reg;
    reg [REF_W-1:0]       ref2_reg;
    reg                   ref_ok_reg;
    reg [LOTS_W-1:0]      lots_ceiling_reg;    // W
    reg                   lots_cut_reg;        // W did not fit
    reg signed [RW-1:0]   past_buy_reg, past_sell_reg;   // worst case less W less 1: below 0 fits
    reg [OW-1:0]          open_buy_reg, open_sell_reg;
    reg signed [RW-1:0]   position_reg;
    reg [63:0]            latest_ns_reg;       // of the messages so far
    reg signed [TW-1:0]   debt_reg;            // ns until the bucket is full; below 0 is 0
    reg                   stopped_reg, armed_reg;
    reg [3:0]             state_reg;
    reg                   commit_reg, commit_error_reg, hold_reg;

    // ------------------------------------------------------------ stages
    reg                   v1_reg, v2_reg, v3_reg;
    reg [127:0]           msg_reg;
    reg [63:0]            now1_reg;
    reg [1:0]             kind2_reg, kind3_reg;
    reg                   side2_reg, side3_reg;
    reg                   inner2_reg;               // made here: changes the state, unjudged
    reg                   wait3_reg;                // an order, judged when both outputs are free
    reg                   order3_reg, report3_reg, reference3_reg, inner3_reg;   // judged now
    reg                   decided_reg, judged_reg;  // the clock after: an order, another
    reg                   apply_reg;                // and that other one changes the state
    reg                   settle_reg;               // a clock after that
    reg                   bare2_reg, bare3_reg;     // changes the room alone
    reg                   sells2_reg, sells3_reg;   // the worst case of sells changes
    reg                   less2_reg;                // a report: lots2_reg is inverted
    reg [RW-1:0]          lots2_reg;
    reg [LOTS_W-1:0]      lots3_reg;
    reg [PRICE_W:0]       price2_reg;
    reg [PRICE_W-1:0]     price3_reg;
    reg [31:0]            tag2_reg, tag3_reg;
    reg                   bad2_reg, wide2_reg, strange2_reg;   // words; of a reference, a report
    reg                   lots_none2_reg, price_none2_reg, lots_wide2_reg, lots_many2_reg;
    reg                   fault3_reg;               // a report or reference that cannot be used
    reg                   early3_reg;               // refused by its own words
    reg [9:0]             code3_reg;                // and how
    reg                   far2_reg, far3_reg;       // price past what is compared, or no reference
    reg                   outside3_reg;             // of the collar
    reg                   wide3_reg;                // price past PRICE_W
    reg signed [OFF_W-1:0] off2_reg;                // twice price less reference
    reg [63:0]            passed2_reg;              // ns since the message before
    reg                   back2_reg;                // time stood still
    reg                   unfit3_reg;               // refused by its words or the price's width
    reg                   above3_reg;               // the reference, and not divided out yet
    reg signed [RW-1:0]   past3_reg;                // worst case, open lots, position with it
    reg [OW:0]            open3_reg;
    reg signed [RW-1:0]   position3_reg;
    reg [LOTS_W-1:0]      band_reg;                 // W / 16 while the gate runs, else 0
    reg                   own_reg;                  // delta_reg is W less the lots at own price
    reg                   exact_reg, exact_over_reg;

    reg                   verdict_valid_reg, order_valid_reg;
    reg [9:0]             code_reg;
    reg [31:0]            tag_reg;
    reg                   side_reg;
    reg [LOTS_W-1:0]      lots_reg;
    reg [PRICE_W-1:0]     price_reg;

    reg [2:0]             inject_at_reg;            // messages made here so far
    reg signed [RW-1:0]   delta_reg;                // 0 while the gate runs
    wire [REF_W-1:0]      collar;                   // of the reference, from the bounds
    wire                  equity_zero;
    wire                  inject, inject_fill, rooms_done, load_start;
    wire [RW-1:0]         inject_lots;

    // ------------------------------------------------------------ stage 1: the message alone
    wire        run = state_reg == RUN;
    wire [31:0] in_lots = msg_reg[63:32];
    wire [31:0] in_price = msg_reg[95:64];
    wire        unknown = msg_reg[7:2] != 0;
    wire        bad_words = msg_reg[15:9] != 0 || msg_reg[31:16] != 0;
    wire        lots_wide = in_lots[31:LOTS_W] != 0;
    wire        bid_wide = in_lots[31:PRICE_W] != 0;
    wire        lots_past = in_lots[31:OW] != 0;
    wire        price_wide = in_price[31:PRICE_W] != 0;
    wire        price_past = in_price[31:PRICE_W+1] != 0;
    wire        lots_none = in_lots == 0;
    wire        price_none = in_price == 0;
    wire        in_report = unknown || msg_reg[1] != msg_reg[0];
    wire signed [OFF_W-1:0] off_next =
        OFF_W'({1'b0, in_price[PRICE_W:0], 1'b0}) - OFF_W'({2'b0, ref2_reg});
    wire [64:0] elapsed = {1'b0, now1_reg} - {1'b0, latest_ns_reg};

    // ------------------------------------------------------------ stage 2: beside the state
    wire               below2 = off2_reg[OFF_W-1];
    wire [OFF_W-1:0]   collar_left =
        OFF_W'(collar) + (below2 ? off2_reg : ~off2_reg) + OFF_W'(!below2);
    // A report takes its lots away: adds their complement and 1, carried in from the bit below.
    // What is added is written as a difference with its complement: Yosys then leaves the first
    // number at the carries, where it might put the one that takes a LUT.
    // verilator lint_off UNUSEDSIGNAL
    wire [RW-1:0]      past_from = sells2_reg ? past_sell_reg : past_buy_reg;
    wire [RW:0]        past_next = {lots2_reg, less2_reg} - {~past_from, 1'b1};
    wire [OW-1:0]      open_from = side2_reg ? open_sell_reg : open_buy_reg;
    wire [OW+1:0]      open_next = {lots2_reg, less2_reg} - {1'b1, ~open_from, 1'b1};
    wire [RW:0]        position_next =   // by a fill
        {position_reg, side2_reg} + {lots2_reg ^ {RW{!side2_reg}}, side2_reg};
    // verilator lint_on UNUSEDSIGNAL

    // ------------------------------------------------------------ stage 3: the decision
    wire live = cfg_arm && !cfg_kill && !stopped_reg;
    wire over = !past3_reg[RW-1] || exact_over_reg;
    wire unfit = unfit3_reg || outside3_reg;
    wire refused = !live || unfit || over;   // without a look at the rate
    // less room than the band beside the order; later, than W exceeds what its own price allows
    // verilator lint_off UNUSEDSIGNAL
    wire [RW:0] past_near = {past3_reg, 1'b1} + {delta_reg | RW'(band_reg), !own_reg};
    wire signed [TW-1:0] spare = $signed(TW'(room_ns_reg)) - debt_reg;
    // verilator lint_on UNUSEDSIGNAL
    wire near = !past_near[RW];
    wire late = spare[TW-1];
    wire clear = order3_reg && !refused;
    wire band = clear && above3_reg && near;
    wire decide = order3_reg && !band;
    wire allow = clear && !band && !late;
    wire report_bad = fault3_reg || open3_reg[OW];
    wire error = (report3_reg && report_bad) || (reference3_reg && fault3_reg);
    wire [9:0] refusal =
        !live ? RISK_KILLED
        : early3_reg ? code3_reg
        : over && equity_zero ? RISK_EQUITY
        : far3_reg || outside3_reg ? RISK_COLLAR
        : wide3_reg || (lots_cut_reg && !exact_reg) ? RISK_OVERFLOW
        : RISK_POSITION;
    wire [9:0] code_next = refused ? refusal : late ? RISK_RATE : 10'd0;

    // ------------------------------------------------------------ the way of a message
    // It waits at stage 1 alone: stage 2 is a clock that reads the state after the update before.
    wire room_out = !verdict_valid_reg && !order_valid_reg && !order3_reg;
    wire update = decided_reg || judged_reg;
    wire go1 = update || (!v2_reg && (settle_reg || !v3_reg));
    wire order2 = v2_reg && !inner2_reg && kind2_reg == ORDER;
    wire asks = order2 || wait3_reg || state_reg == EXACT_OVER;
    assign s_msg_tready = !v1_reg && !hold_reg && !commit_reg && run && aresetn;
    wire take = s_msg_tvalid && s_msg_tready;

    always @(posedge aclk) begin
        if (!v1_reg) begin
            msg_reg  <= s_msg_tdata;
            now1_reg <= now_ns;
        end
        kind2_reg   <= unknown ? DONE : msg_reg[1:0];
        side2_reg   <= msg_reg[8];
        sells2_reg  <= msg_reg[8] ^ (msg_reg[1:0] == FILL);
        less2_reg   <= in_report;
        lots2_reg   <= {1'b0, in_lots[OW-1:0]} ^ {RW{in_report}};
        inner2_reg  <= inject;
        bare2_reg   <= state_reg == ROOMS;
        back2_reg   <= elapsed[64];
        passed2_reg <= elapsed[63:0];
        price2_reg  <= in_price[PRICE_W:0];
        tag2_reg    <= msg_reg[127:96];
        bad2_reg    <= bad_words;
        wide2_reg   <= bid_wide || price_wide;
        strange2_reg <= lots_past || unknown;
        lots_none2_reg  <= lots_none;
        price_none2_reg <= price_none;
        lots_wide2_reg  <= lots_wide || !settled_reg;
        lots_many2_reg  <= in_lots[LOTS_W-1:0] > lots_cap_reg;
        far2_reg    <= price_past || !ref_ok_reg;
        off2_reg    <= off_next;
        if (injects) begin
            kind2_reg  <= inject_fill ? FILL : ORDER;
            side2_reg  <= inject_at_reg[0] && !inject_fill;
            sells2_reg <= inject_at_reg[0];
            less2_reg  <= inject_fill;
            lots2_reg  <= inject_lots;
        end
        if (v2_reg) begin
            kind3_reg     <= kind2_reg;
            side3_reg     <= side2_reg;
            sells3_reg    <= sells2_reg;
            bare3_reg     <= bare2_reg;
            lots3_reg     <= lots2_reg[LOTS_W-1:0];
            price3_reg    <= price2_reg[PRICE_W-1:0];
            tag3_reg      <= tag2_reg;
            fault3_reg    <= bad2_reg || (kind2_reg == REFERENCE
                ? lots_none2_reg || price_none2_reg || wide2_reg : strange2_reg);
            early3_reg    <= bad2_reg || price_none2_reg || lots_none2_reg || lots_wide2_reg
                || lots_many2_reg;
            code3_reg     <= bad2_reg ? RISK_INTENT : price_none2_reg ? RISK_PRICE_GRID
                : lots_none2_reg ? RISK_QUANTITY_MIN : RISK_QUANTITY_MAX;
            unfit3_reg    <= bad2_reg || price_none2_reg || lots_none2_reg || lots_wide2_reg
                || lots_many2_reg || far2_reg || price2_reg[PRICE_W];
            far3_reg      <= far2_reg;
            outside3_reg  <= collar_left[OFF_W-1];
            wide3_reg     <= price2_reg[PRICE_W];
            above3_reg    <= !below2;
            past3_reg     <= past_next[RW:1];
            open3_reg     <= open_next[OW+1:1];
            position3_reg <= position_next[RW:1];
        end else if (state_reg == EXACT_OVER) above3_reg <= 1'b0;
        if (!aresetn) begin
            v1_reg         <= 1'b0;
            v2_reg         <= 1'b0;
            v3_reg         <= 1'b0;
            wait3_reg      <= 1'b0;
            order3_reg     <= 1'b0;
            report3_reg    <= 1'b0;
            reference3_reg <= 1'b0;
            inner3_reg     <= 1'b0;
            decided_reg    <= 1'b0;
            judged_reg     <= 1'b0;
            apply_reg      <= 1'b0;
            settle_reg     <= 1'b0;
            hold_reg       <= 1'b0;
            latest_ns_reg  <= 64'd0;
        end else begin
            v1_reg <= take || (v1_reg && !go1);
            v2_reg <= inject || (v1_reg && go1);
            v3_reg <= v2_reg || (v3_reg && !settle_reg && !reference3_reg);
            // what comes is judged at once, an order when its verdict has a place and, in the
            // band, again when it was divided out
            wait3_reg      <= asks && !room_out;
            order3_reg     <= asks && room_out;
            report3_reg    <= v2_reg && !inner2_reg && (kind2_reg == FILL || kind2_reg == DONE);
            reference3_reg <= v2_reg && !inner2_reg && kind2_reg == REFERENCE;
            inner3_reg     <= v2_reg && inner2_reg;
            decided_reg    <= decide;
            judged_reg     <= report3_reg || inner3_reg;
            apply_reg      <= (report3_reg && !report_bad) || inner3_reg;
            settle_reg     <= update;
            if (pays) latest_ns_reg <= now1_reg;
            if (take && s_msg_tdata[7:0] == 8'd3) hold_reg <= 1'b1;
            else if ((reference3_reg && fault3_reg) || rooms_done) hold_reg <= 1'b0;
        end
    end

    // ------------------------------------------------------------ output
    always @(posedge aclk) begin
        if (order3_reg) begin
            code_reg  <= code_next;
            tag_reg   <= tag3_reg;
            side_reg  <= side3_reg;
            lots_reg  <= lots3_reg;
            price_reg <= price3_reg;
        end
        if (!aresetn) begin
            verdict_valid_reg <= 1'b0;
            order_valid_reg   <= 1'b0;
        end else begin
            if (order3_reg || m_verdict_tready) verdict_valid_reg <= decide;
            if (order3_reg || m_order_tready) order_valid_reg <= allow;
        end
    end
    assign m_verdict_tdata  = {tag_reg, 22'h0, code_reg};
    assign m_verdict_tvalid = verdict_valid_reg;
    assign m_order_tdata    = {tag_reg, 32'(price_reg), 32'(lots_reg), 23'h0, side_reg, 8'h0};
    assign m_order_tvalid   = order_valid_reg;

    // ------------------------------------------------------------ what changes the state
    wire owes = decided_reg && order_valid_reg;   // allowed: the order before has left
    wire apply = owes || apply_reg;
    wire pays = v2_reg && !inner2_reg && !back2_reg;
    // verilator lint_off UNUSEDSIGNAL
    wire [TW:0] debt_next = {debt_reg, !decided_reg}   // carried in from the bit below
        + {decided_reg ? TW'(step_ns_reg) : ~{1'b0, passed2_reg[63:33] != 0, passed2_reg[32:0]},
            !decided_reg};
    // verilator lint_on UNUSEDSIGNAL
    always @(posedge aclk) begin
        if (!aresetn || load_start) begin
            past_buy_reg  <= {RW{1'b1}};
            past_sell_reg <= {RW{1'b1}};
            open_buy_reg  <= 0;
            open_sell_reg <= 0;
            position_reg  <= 0;
        end else if (apply) begin
            if (!sells3_reg) past_buy_reg <= past3_reg;
            if (sells3_reg) past_sell_reg <= past3_reg;
            if (!bare3_reg && !side3_reg) open_buy_reg <= open3_reg[OW-1:0];
            if (!bare3_reg && side3_reg) open_sell_reg <= open3_reg[OW-1:0];
            if (kind3_reg == FILL) position_reg <= position3_reg;
        end
        if (!aresetn) begin
            stopped_reg <= 1'b1;
            armed_reg   <= 1'b0;
        end else begin
            if (!cfg_arm) stopped_reg <= 1'b0;
            else if (cfg_kill || (report3_reg && report_bad)) stopped_reg <= 1'b1;
            armed_reg <= live && !(report3_reg && report_bad);
        end
        // Time passes as a message reaches the decision; an allowed order owes a step. Below 0 is 0
        // a clock later: before an order can owe, and what was paid then pays nothing.
        if (!aresetn || debt_reg[TW-1]) debt_reg <= 0;
        else if (owes || pays) debt_reg <= debt_next[TW:1];
    end

    // ------------------------------------------------------------ bounds after settings and prices
    reg                 start_reg;   // of the bounds
    reg                 divide_reg;  // of what is divided out, while the gate runs
    reg [1:0]           what_reg;
    wire                idle = !v1_reg && !v2_reg && !v3_reg && run;
    wire                calc_busy, q_cut;
    wire [LOTS_W-1:0]   q_lots;
    wire                start = start_reg || divide_reg;
    wire                calc_done = !start && !calc_busy;

`ifdef FORMAL
    // The unit is proved alone; here any unit that keeps its contract, at any speed. What it works
    // on may be anything meanwhile.
    localparam integer BW = PRICE_W + LOTS_W;
    (* anyseq *) wire               any_busy, any_zero, any_cut;
    (* anyseq *) wire [BW-1:0]      any_ceiling;
    (* anyseq *) wire [REF_W-1:0]   any_collar;
    (* anyseq *) wire [LOTS_W-1:0]  any_lots;
    reg                             f_runs, f_zero, f_lots_cut;
    reg [BW-1:0]                    f_ceiling;
    reg [REF_W-1:0]                 f_collar;
    reg [LOTS_W-1:0]                f_lots;
    always @(posedge aclk)
        if (!aresetn) begin
            f_runs    <= 1'b0;
            f_zero    <= 1'b1;
            f_ceiling <= 0;
        end else if (start || calc_busy) begin
            f_runs <= 1'b1;
            if (what_reg == OF_EQUITY) {f_zero, f_ceiling} <= {any_zero, any_ceiling};
            if (what_reg == OF_COLLAR) f_collar <= any_collar;
            if (what_reg == AT_REFERENCE || what_reg == AT_PRICE)
                {f_lots_cut, f_lots} <= {any_cut, any_lots};
        end else f_runs <= 1'b0;
    assign calc_busy = any_busy && f_runs;
    assign equity_zero = f_zero;
    assign collar = f_collar;
    assign q_lots = f_lots;
    assign q_cut = f_lots_cut;
`ifdef FORMAL_COVER
    // One way to each cover, step by step: a commit, a reference, an order, its fill, two more.
    reg [5:0] way_clock = 6'd0;
    reg [2:0] way_at = 3'd0;
    always @(posedge aclk) begin
        if (aresetn && !(&way_clock)) way_clock <= way_clock + 1'b1;
        if (take && way_at != 3'd5) way_at <= way_at + 1'b1;
    end
    always @* begin
        assume (!any_busy && m_verdict_tready && m_order_tready && now_ns == 0);
        assume (cfg_arm == (way_clock > 40) && !cfg_kill && cfg_commit == (way_clock == 2));
        assume (cfg_position_ppm == 5 && cfg_collar_ppm == 2 && cfg_rate_step_ns == 0
            && cfg_rate_room_ns == 999999999 && cfg_lots_max == 7 && cfg_position_lots == 0
            && cfg_open_buy_lots == 0 && cfg_open_sell_lots == 0 && cfg_equity == 8);
        assume (s_msg_tvalid == (way_clock > 4));
        assume (s_msg_tdata == (way_at == 0 ? {32'd0, 32'd2, 32'd2, 32'd3}
            : {32'd0, 32'd2, 32'd1, way_at == 2 ? 32'd1 : 32'd0}));
    end
`endif
`else
    tp_gate_bounds #(
        .EQUITY_W(XW), .PRICE_W(PRICE_W), .LOTS_W(LOTS_W), .PPM(PPM), .PW(PPM_W)
    ) bounds (
        .aclk(aclk), .aresetn(aresetn), .start(start), .what(what_reg), .equity(cfg_equity),
        .equity_ppm(position_ppm_reg), .collar_ppm(collar_ppm_reg), .ref2(ref2_reg),
        .price(price3_reg), .busy(calc_busy), .equity_zero(equity_zero), .collar(collar),
        .lots(q_lots), .lots_cut(q_cut)
    );
`endif

    wire signed [RW-1:0] q_delta =
        RW'(lots_ceiling_reg) - (ref_ok_reg ? RW'(q_lots) : RW'(0));

    // The state is changed by messages made here: while disarmed a commit loads the position
    // (bought and filled) and the open lots; a new W is taken from the room of both sides.
    wire           load_wide = cfg_open_buy_lots[31:LOTS_W] != 0
        || cfg_open_sell_lots[31:LOTS_W] != 0
        || cfg_position_lots[31:LOTS_W] != {(32-LOTS_W){cfg_position_lots[31]}};
    wire           load_wrong = !cfg_arm && load_wide_reg;
    assign         load_start = state_reg == APPLY && !cfg_arm && !load_wide_reg;
    wire           settles = state_reg == APPLY && !load_wrong;
    wire           injects = state_reg == LOAD || state_reg == ROOMS;
    wire           inject_free = injects && !v2_reg && !v3_reg;
    wire           inject_last = inject_at_reg == (state_reg == LOAD ? 3'd4 : 3'd2);
    assign         inject = inject_free && !inject_last;
    assign         rooms_done = inject_free && inject_last && state_reg == ROOMS;
    assign         inject_fill = state_reg == LOAD && inject_at_reg == 3'd1;
    wire [RW-1:0]  load_lots = !inject_at_reg[1]
        ? RW'(cfg_position_lots) ^ {RW{inject_at_reg[0]}}
        : inject_at_reg[0] ? RW'(cfg_open_sell_lots) : RW'(cfg_open_buy_lots);
    assign         inject_lots = state_reg == ROOMS ? delta_reg : load_lots;

    // A chain of gates: a compare by carries would spend an inverter on every 0 of the limit.
    function automatic above(input [31:0] word, input [31:0] limit);
        above = 1'b0;
        for (int i = 0; i < 32; i = i + 1) above = limit[i] ? above && word[i] : above || word[i];
    endfunction
    // Whether a word is past its limit is known a clock later: it stands since before the commit.
    reg lots_cap_wide_reg, position_wide_reg, collar_wide_reg, step_short_reg, room_wide_reg;
    reg load_wide_reg;
    always @(posedge aclk) begin
        lots_cap_wide_reg <= cfg_lots_max[31:LOTS_W] != 0;
        position_wide_reg <= above(cfg_position_ppm, POSITION_MAX);
        collar_wide_reg   <= above(cfg_collar_ppm, COLLAR_MAX);
        step_short_reg    <= !above(cfg_rate_step_ns, STEP_MIN);
        room_wide_reg     <= above(cfg_rate_room_ns, ROOM_MAX);
        load_wide_reg     <= load_wide;
        if (settles) begin
            if (lots_cap_wide_reg) lots_cap_reg <= {LOTS_W{1'b1}};
            else lots_cap_reg <= cfg_lots_max[LOTS_W-1:0];
        end
        if (!aresetn || (settles && position_wide_reg)) position_ppm_reg <= PPM_W'(POSITION_MAX);
        else if (settles) position_ppm_reg <= PPM_W'(cfg_position_ppm);
        if (!aresetn || (settles && collar_wide_reg)) collar_ppm_reg <= PPM_W'(COLLAR_MAX);
        else if (settles) collar_ppm_reg <= PPM_W'(cfg_collar_ppm);
        if (!aresetn || (settles && step_short_reg)) step_ns_reg <= STEP_MIN;
        else if (settles) step_ns_reg <= cfg_rate_step_ns;
        if (!aresetn || (settles && room_wide_reg)) room_ns_reg <= 30'(ROOM_MAX);
        else if (settles) room_ns_reg <= 30'(cfg_rate_room_ns);
        if (!aresetn || load_start || (state_reg == DELTA && !ref_ok_reg)) lots_ceiling_reg <= 0;
        else if (state_reg == DELTA) lots_ceiling_reg <= q_lots;
    end

    always @(posedge aclk) begin
        start_reg  <= 1'b0;
        divide_reg <= aresetn && band;
        own_reg   <= aresetn && state_reg == EXACT;
        band_reg  <= run ? LOTS_W'(lots_ceiling_reg[LOTS_W-1:CUT]) : 0;
        if (run) delta_reg <= 0;
        else if (state_reg == DELTA || state_reg == EXACT) delta_reg <= q_delta;
        if (!aresetn) begin
            state_reg        <= RUN;
            commit_reg       <= 1'b0;
            commit_error_reg <= 1'b0;
            exact_reg        <= 1'b0;
            exact_over_reg   <= 1'b0;
            settled_reg      <= 1'b0;
            ref_ok_reg       <= 1'b0;
            lots_cut_reg     <= 1'b0;
            inject_at_reg    <= 3'd0;
        end else begin
            if (cfg_commit) commit_reg <= 1'b1;
            if (inject) inject_at_reg <= inject_at_reg + 1'b1;
            if (settle_reg) begin
                exact_reg      <= 1'b0;
                exact_over_reg <= 1'b0;
            end
            case (state_reg)
                RUN: begin
                    what_reg <= reference3_reg ? OF_COLLAR : AT_PRICE;
                    if (reference3_reg) begin
                        ref_ok_reg <= !fault3_reg;
                        ref2_reg   <= REF_W'(lots3_reg) + REF_W'(price3_reg);
                        start_reg  <= !fault3_reg;
                        if (!fault3_reg) state_reg <= COLLAR;
                    end else if (divide_reg) state_reg <= EXACT;
                    else if (commit_reg && idle) state_reg <= APPLY;
                end
                APPLY: begin
                    commit_reg       <= cfg_commit;
                    commit_error_reg <= load_wrong;
                    state_reg        <= load_wrong ? RUN : cfg_arm ? EQUITY : LOAD;
                    start_reg        <= cfg_arm;
                    what_reg         <= OF_EQUITY;
                    if (!load_wrong) settled_reg <= 1'b1;
                end
                LOAD: if (inject_free && inject_last) begin
                    inject_at_reg <= 3'd0;
                    state_reg     <= EQUITY;
                    start_reg     <= 1'b1;
                end
                EQUITY: if (calc_done) begin
                    state_reg <= ref_ok_reg ? COLLAR : DELTA;
                    start_reg <= ref_ok_reg;
                    what_reg  <= OF_COLLAR;
                end
                COLLAR: if (calc_done) begin
                    state_reg  <= CEILING;
                    start_reg  <= 1'b1;
                    what_reg   <= AT_REFERENCE;
                end
                CEILING: if (calc_done) state_reg <= DELTA;
                DELTA: begin
                    lots_cut_reg     <= ref_ok_reg && q_cut;
                    state_reg        <= ROOMS;
                end
                ROOMS: if (rooms_done) begin
                    inject_at_reg <= 3'd0;
                    state_reg     <= RUN;
                end
                EXACT: if (calc_done) state_reg <= EXACT_OVER;
                default: begin
                    exact_over_reg <= near;
                    exact_reg      <= 1'b1;
                    state_reg      <= RUN;
                end
            endcase
        end
    end
    // ------------------------------------------------------------ status
    assign stat_armed     = armed_reg;
    assign stat_killed    = stopped_reg;
    assign stat_commit_error = commit_error_reg;
    assign stat_busy      = commit_reg || hold_reg || !run;
    assign stat_position  = 32'(position_reg);
    assign stat_open_buy  = 32'(open_buy_reg);
    assign stat_open_sell = 32'(open_sell_reg);

    tp_gate_counts counts (
        .aclk(aclk), .aresetn(aresetn), .decided(decided_reg), .code(code_reg),
        .error(error), .orders(count_orders), .allowed(count_allowed),
        .refused_state(count_refused_state), .refused_order(count_refused_order),
        .refused_collar(count_refused_collar), .refused_position(count_refused_position),
        .refused_rate(count_refused_rate), .errors(count_errors)
    );

`ifdef FORMAL
`include "risk_gate_proof.svh"
`endif
endmodule
`default_nettype wire
