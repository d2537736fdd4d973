// Pre-trade risk gate in line with the orders: what it does not allow does not leave.
//
// In: messages of 128 bits: [7:0] kind (0 order, 1 fill, 2 done, 3 reference), [15:8] side (0 buy,
// 1 sell), [31:16] 0, [63:32] lots, [95:64] price_ticks, [127:96] tag; a reference has bid_ticks in
// place of lots and ask_ticks in place of price. Out: a verdict for every order ([15:0] code of
// core/codes.py, [63:32] tag) and the allowed orders as they came. devices/fpga/gate.py defines the
// codes. Order, open lots and position are exact: native risk gives the same codes.
//
// How. The ceiling is a number of lots, W = floor(part of equity / reference), kept as room a side:
// W less the worst case held. An order at or below the reference takes no multiplication: it must
// fit the room. One above it is worth more: it fits surely when W / 16 + 1 lots of room are left
// beside it (the collar is less than 1/16 wide), else floor(part of equity / price) is divided out.
//
// Latency 4 clocks; 30 more for an order above the reference within W / 16 of the ceiling. A
// refused order takes 1 clock, a message that changes the state 2. A reference or a commit holds
// the stream while bounds are computed, at most 90 and 230 clocks. A verdict and its order appear
// together, both wait for both takers. What stands at the output has been allowed and stays.
//
// Reset: disarmed, all limits 0, no reference: nothing passes. cfg_* (but arm, kill) are taken at
// one edge after cfg_commit, when the stream before it is judged; keep them until `busy` is low.
// Registers only tighten: parts of a million are cut to tp_limits_pkg, the rate's step is never
// shorter than its rate there and its room shorter than a second. cfg_arm low or cfg_kill high stop
// orders at once. A kill while armed, and a report that fits no open order, stop them until cfg_arm
// falls and rises. Too large: lots past LOTS_W bits RISK_QUANTITY_MAX, price past PRICE_W
// RISK_COLLAR or RISK_OVERFLOW, a worst case past LOTS_W RISK_OVERFLOW; a reference past PRICE_W
// counts as an error and as none.
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
    localparam integer PPM = 16, PPM_W = 4, XW = 8;
    localparam [31:0] POSITION_MAX = 5, COLLAR_MAX = 1, STEP_MIN = 12, ROOM_MAX = 40;
`else
    localparam integer PPM = 1000000, PPM_W = 20, XW = 64;
    localparam [31:0] POSITION_MAX = tp_limits_pkg::POSITION_CEILING_PPM;
    localparam [31:0] COLLAR_MAX = tp_limits_pkg::PRICE_COLLAR_PPM_MAX;
    localparam [31:0] STEP_MIN =
        (1000000000 + tp_limits_pkg::ORDER_RATE_PER_S_MAX - 1) / tp_limits_pkg::ORDER_RATE_PER_S_MAX;
    localparam [31:0] ROOM_MAX = 1000000000 - STEP_MIN;
`endif
    localparam integer CUT = 4;                // W / 2^CUT: the band in which the price counts
    localparam integer OW = LOTS_W + 2;        // open lots of a side
    localparam integer RW = LOTS_W + 3;        // room and position, signed
    localparam integer TW = 37;                // what is owed to the rate in ns, signed
    localparam integer REF_W = PRICE_W + 1;    // twice the reference
    localparam integer OFF_W = PRICE_W + 3;    // twice the distance, signed
    localparam integer BW = PRICE_W + LOTS_W;  // the ceiling as a notional
    localparam integer DW = PRICE_W > PPM_W ? PRICE_W : PPM_W;
    localparam integer CW = 7;

    localparam [1:0] ORDER = 2'd0, FILL = 2'd1, DONE = 2'd2, REFERENCE = 2'd3;
    localparam [9:0] RISK_KILLED = 600, RISK_INTENT = 602, RISK_PRICE_GRID = 605,
        RISK_QUANTITY_MIN = 606, RISK_QUANTITY_MAX = 607, RISK_POSITION = 610, RISK_COLLAR = 611,
        RISK_RATE = 612, RISK_OVERFLOW = 614, RISK_EQUITY = 615;
    localparam [3:0] RUN = 4'd0, APPLY = 4'd1, OPEN_BUY = 4'd2, OPEN_SELL = 4'd3, LONG = 4'd4,
        SHORT = 4'd5, EQUITY = 4'd6, COLLAR = 4'd7, CEILING = 4'd8, DELTA = 4'd9, ROOM_BUY = 4'd10,
        ROOM_SELL = 4'd11, EXACT = 4'd12, EXACT_DELTA = 4'd13, EXACT_OVER = 4'd14;

    // The band below needs a collar of at most 1 / 2^CUT; the adding of bounds, parts below one.
    generate
        if ((COLLAR_MAX << CUT) > PPM || POSITION_MAX > PPM) begin : limits_too_wide
            tp_gate_needs_other_constants limits_too_wide ();
        end
    endgenerate

    // ------------------------------------------------------------ settings and state
    reg [LOTS_W-1:0]      lots_cap_reg;
    reg [PPM_W-1:0]       position_ppm_reg, collar_ppm_reg;
    reg [31:0]            step_ns_reg;
    reg [29:0]            room_ns_reg;
    reg                   equity_zero_reg;
    reg [BW-1:0]          ceiling_reg;         // floor(equity * ppm / 10^6), saturated
    reg [REF_W-1:0]       ref2_reg;
    reg                   ref_ok_reg;
    reg [REF_W-1:0]       collar_reg;          // floor(ref2 * ppm / 10^6)
    reg [LOTS_W-1:0]      lots_ceiling_reg;    // W
    reg                   lots_cut_reg;        // W did not fit
    reg signed [RW-1:0]   room_buy_reg, room_sell_reg;
    reg [OW-1:0]          open_buy_reg, open_sell_reg;
    reg signed [RW-1:0]   position_reg;
    reg [63:0]            latest_ns_reg;       // of the messages so far
    reg signed [TW-1:0]   debt_reg;            // ns until the bucket is full; below 0 is 0
    reg                   commit_error_reg;
    reg                   stopped_reg, armed_reg;

    // ------------------------------------------------------------ stages
    reg                   v1_reg, v2_reg, v3_reg;
    reg [127:0]           msg_reg;
    reg [63:0]            now1_reg;
    reg [1:0]             kind2_reg, kind3_reg;
    reg                   side2_reg, side3_reg;
    reg [OW-1:0]          lots2_reg;
    reg [RW-1:0]          lots3_reg;
    reg [PRICE_W:0]       price2_reg, price3_reg;
    reg [31:0]            tag2_reg, tag3_reg;
    reg                   fault2_reg, fault3_reg;   // a report or reference that cannot be used
    reg                   early2_reg, early3_reg;   // refused by its own words
    reg [9:0]             code2_reg, code3_reg;
    reg                   far2_reg;                 // price past all that is compared, or no reference
    reg signed [OFF_W-1:0] off2_reg;                // twice price less reference
    reg                   above3_reg;
    reg                   late3_reg;                // refused by the collar or its width
    reg [OW-1:0]          lots_near_reg;            // lots and the band
    reg [34:0]            passed2_reg, passed3_reg; // ns since the message before, 2^34 and more alike
    reg                   back2_reg;                // time stood still
    reg [35:0]            owed_max_reg;             // room and the time passed
    reg                   update_reg;               // the message at stage 3 changes the state now
    reg                   exact_reg, exact_over_reg;
    reg [3:0]             state_reg;
    reg                   commit_reg, hold_reg;
    reg                   start_reg;
    reg signed [RW-1:0]   delta_reg, spare_reg;

    reg                   verdict_valid_reg, order_valid_reg;
    reg [9:0]             code_reg;
    reg [31:0]            tag_reg;
    reg                   side_reg;
    reg [LOTS_W-1:0]      lots_reg;
    reg [PRICE_W-1:0]     price_reg;

    // ------------------------------------------------------------ stage 1: the message alone
    wire [31:0] in_lots = msg_reg[63:32];
    wire [31:0] in_price = msg_reg[95:64];
    wire        unknown = msg_reg[7:2] != 0;
    wire        in_reference = msg_reg[7:0] == 8'd3;
    wire        bad_side = msg_reg[15:9] != 0;
    wire        bad_words = bad_side || msg_reg[31:16] != 0;
    wire        lots_wide = in_lots[31:LOTS_W] != 0;
    wire        lots_past = in_lots[31:OW] != 0;
    wire        price_wide = in_price[31:PRICE_W] != 0;
    wire        price_past = in_price[31:PRICE_W+1] != 0;
    wire        lots_none = in_lots == 0;
    wire        price_none = in_price == 0;
    wire        lots_many = lots_wide || in_lots[LOTS_W-1:0] > lots_cap_reg;
    wire signed [OFF_W-1:0] off_next =
        OFF_W'({1'b0, in_price[PRICE_W:0], 1'b0}) - OFF_W'({2'b0, ref2_reg});

    wire [64:0] elapsed = {1'b0, now1_reg} - {1'b0, latest_ns_reg};

    // ------------------------------------------------------------ stage 2: the collar
    wire               below2 = off2_reg[OFF_W-1];
    wire [OFF_W-1:0]   collar_left =
        OFF_W'(collar_reg) + (below2 ? off2_reg : ~off2_reg) + OFF_W'(!below2);
    wire               outside2 = far2_reg || collar_left[OFF_W-1];
    wire               wide2 = price2_reg[PRICE_W];

    // ------------------------------------------------------------ stage 3: the decision
    wire               run = state_reg == RUN;
    wire               is_order = kind3_reg == ORDER;
    wire               is_reference = kind3_reg == REFERENCE;
    wire               is_fill = kind3_reg == FILL;
    // one adder for room: less the lots of an order, plus those of a report, less a delta
    wire               of_sell = run ? side3_reg ^ (update_reg && is_fill)
        : state_reg == ROOM_SELL || state_reg == OPEN_SELL || state_reg == SHORT;
    wire               by_lots = run || loads;
    wire signed [RW-1:0] room_from =
        state_reg == EXACT_OVER ? spare_reg : of_sell ? room_sell_reg : room_buy_reg;
    wire [RW-1:0]      room_by = by_lots ? lots3_reg : delta_reg;
    wire               room_less = run ? is_order : state_reg != SHORT;
    wire signed [RW-1:0] room_next =
        room_from + (room_by ^ {RW{room_less}}) + RW'(room_less);
    wire signed [RW-1:0] room_near = room_from + ~{1'b0, lots_near_reg};   // and 1 less
    wire               over = room_next[RW-1] || (exact_reg && exact_over_reg);
    wire               band = above3_reg && !early3_reg && !late3_reg && !exact_reg
        && !room_next[RW-1] && room_near[RW-1];
    wire               rate_late = debt_reg > $signed({1'b0, owed_max_reg});
    wire               live = cfg_arm && !cfg_kill && !stopped_reg;
    wire               room_out = (!verdict_valid_reg || m_verdict_tready)
        && (!order_valid_reg || m_order_tready);
    wire               ready3 = v3_reg && run && !update_reg;
    wire               decide = ready3 && is_order && room_out && !band;
    wire               allow = live && !early3_reg && !late3_reg && !over && !rate_late;
    wire [9:0]         code_next =
        !live ? RISK_KILLED
        : early3_reg ? code3_reg
        : over && equity_zero_reg ? RISK_EQUITY
        : late3_reg ? code3_reg
        : over ? (lots_cut_reg && !exact_reg ? RISK_OVERFLOW : RISK_POSITION)
        : rate_late ? RISK_RATE
        : 10'd0;
    wire               open_sells = run ? side3_reg : state_reg == OPEN_SELL;
    wire               open_less = run && !is_order;
    wire [OW-1:0]      open_from = open_sells ? open_sell_reg : open_buy_reg;
    wire [OW:0]        open_next =
        {1'b0, open_from} + (lots3_reg ^ {RW{open_less}}) + {{OW{1'b0}}, open_less};
    wire               sold = run && side3_reg;
    wire signed [RW-1:0] position_next = position_reg + (lots3_reg ^ {RW{sold}}) + RW'(sold);
    wire               report = ready3 && !is_order && !is_reference;
    wire               report_bad = fault3_reg || open_next[OW];
    wire               reference = ready3 && is_reference;
    wire               reference_done = v3_reg && is_reference && state_reg == ROOM_SELL;
    wire               go3 = (decide && !allow) || (report && report_bad)
        || (reference && fault3_reg) || reference_done || update_reg;
    wire               go2 = !v3_reg || go3;
    wire               go1 = !v2_reg || go2;
    wire               error = (report && report_bad) || (reference && fault3_reg);

    // tready waits for the takers without a register: the stages behind keep their messages
    assign s_msg_tready = (!v1_reg || go1) && !hold_reg && !commit_reg && run && aresetn;
    wire take = s_msg_tvalid && s_msg_tready;

    always @(posedge aclk) begin
        if (take) begin
            msg_reg  <= s_msg_tdata;
            now1_reg <= now_ns;
        end
        if (go1) begin
            passed2_reg <= {elapsed[63:34] != 0, elapsed[33:0]};
            back2_reg   <= elapsed[64];
            kind2_reg  <= unknown ? DONE : msg_reg[1:0];
            side2_reg  <= msg_reg[8];
            lots2_reg  <= in_lots[OW-1:0];
            price2_reg <= in_price[PRICE_W:0];
            tag2_reg   <= msg_reg[127:96];
            fault2_reg <= in_reference
                ? lots_none || price_none || lots_wide || price_wide || bad_words
                : bad_words || lots_past || unknown;
            early2_reg <= bad_words || price_none || lots_none || lots_many;
            code2_reg  <= bad_words ? RISK_INTENT : price_none ? RISK_PRICE_GRID
                : lots_none ? RISK_QUANTITY_MIN : RISK_QUANTITY_MAX;
            far2_reg   <= price_past || !ref_ok_reg;
            off2_reg   <= off_next;
        end
        if (go2) begin
            kind3_reg     <= kind2_reg;
            side3_reg     <= side2_reg;
            lots3_reg     <= loads || state_reg == APPLY ? load_lots : {1'b0, lots2_reg};
            passed3_reg   <= back2_reg ? 35'd0 : passed2_reg;
            owed_max_reg  <= {6'd0, room_ns_reg} + {1'b0, back2_reg ? 35'd0 : passed2_reg};
            price3_reg    <= price2_reg;
            tag3_reg      <= tag2_reg;
            fault3_reg    <= fault2_reg;
            early3_reg    <= early2_reg;
            late3_reg     <= outside2 || wide2;
            above3_reg    <= !below2;
            code3_reg     <= early2_reg ? code2_reg : outside2 ? RISK_COLLAR : RISK_OVERFLOW;
            lots_near_reg <= lots2_reg + {{(CUT+2){1'b0}}, lots_ceiling_reg[LOTS_W-1:CUT]};
        end
        if (!aresetn) begin
            v1_reg   <= 1'b0;
            v2_reg   <= 1'b0;
            v3_reg   <= 1'b0;
            hold_reg <= 1'b0;
            latest_ns_reg <= 64'd0;
        end else begin
            if (take) v1_reg <= 1'b1;
            else if (go1) v1_reg <= 1'b0;
            if (go1 && v1_reg && !elapsed[64]) latest_ns_reg <= now1_reg;
            if (go1) v2_reg <= v1_reg;
            if (go2) v3_reg <= v2_reg;
            if (take && s_msg_tdata[7:0] == 8'd3) hold_reg <= 1'b1;
            else if (reference_done || (reference && fault3_reg)) hold_reg <= 1'b0;
        end
    end

    // ------------------------------------------------------------ output
    always @(posedge aclk) begin
        if (room_out) begin
            code_reg  <= code_next;
            tag_reg   <= tag3_reg;
            side_reg  <= side3_reg;
            lots_reg  <= lots3_reg[LOTS_W-1:0];
            price_reg <= price3_reg[PRICE_W-1:0];
        end
        if (!aresetn) begin
            verdict_valid_reg <= 1'b0;
            order_valid_reg   <= 1'b0;
        end else begin
            if (decide) verdict_valid_reg <= 1'b1;
            else if (m_verdict_tready) verdict_valid_reg <= 1'b0;
            if (decide && allow) order_valid_reg <= 1'b1;
            else if (m_order_tready) order_valid_reg <= 1'b0;
        end
    end
    assign m_verdict_tdata  = {tag_reg, 16'h0, 6'h0, code_reg};
    assign m_verdict_tvalid = verdict_valid_reg;
    assign m_order_tdata    = {tag_reg, 32'(price_reg), 32'(lots_reg), 23'h0, side_reg, 8'h0};
    assign m_order_tvalid   = order_valid_reg;

    // ------------------------------------------------------------ what changes the state
    wire owes = update_reg && is_order;
    wire judged = decide || report || reference;
    wire room_moves = update_reg || loads || state_reg == ROOM_BUY || state_reg == ROOM_SELL;
    wire open_moves = update_reg || state_reg == OPEN_BUY || state_reg == OPEN_SELL;
    always @(posedge aclk) begin
        if (!aresetn || load_start) begin
            room_buy_reg  <= 0;
            room_sell_reg <= 0;
            open_buy_reg  <= 0;
            open_sell_reg <= 0;
            position_reg  <= 0;
        end else begin
            if (room_moves && !of_sell) room_buy_reg <= room_next;
            if (room_moves && of_sell) room_sell_reg <= room_next;
            if (open_moves && !open_sells) open_buy_reg <= open_next[OW-1:0];
            if (open_moves && open_sells) open_sell_reg <= open_next[OW-1:0];
            if ((update_reg && is_fill) || state_reg == LONG) position_reg <= position_next;
        end
        if (!aresetn) begin
            update_reg  <= 1'b0;
            debt_reg    <= 0;
            stopped_reg <= 1'b1;
            armed_reg   <= 1'b0;
        end else begin
            update_reg <= (decide && allow) || (report && !report_bad);
            // Time passes with each message; below 0 counts as 0.
            if (owes || judged)
                debt_reg <= (debt_reg[TW-1] ? TW'(0) : debt_reg)
                    + (owes ? TW'(step_ns_reg) : ~{2'b00, passed3_reg}) + TW'(!owes);
            if (!cfg_arm) stopped_reg <= 1'b0;
            else if (cfg_kill || (report && report_bad)) stopped_reg <= 1'b1;
            armed_reg <= live && !(report && report_bad);
        end
    end

    // ------------------------------------------------------------ bounds after settings and prices
    wire              idle = !v1_reg && !v2_reg && !v3_reg && run && !update_reg;
    wire              calc_busy;
    wire [XW-1:0]     calc_q;
    wire              calc_done = !start_reg && !calc_busy;
    wire              of_equity = state_reg == EQUITY;
    wire              of_collar = state_reg == COLLAR;
    // EQUITY: equity * ppm / 10^6. COLLAR: ref2 * ppm / 10^6. Else: ceiling / price, LOTS_W + 1 bits.
    wire [XW-1:0]     calc_x = of_equity ? XW'(cfg_equity)
        : of_collar ? XW'(ref2_reg) : {ceiling_reg[LOTS_W:0], {(XW-LOTS_W-1){1'b0}}};
    wire [DW-1:0]     calc_rem =
        of_equity || of_collar ? DW'(0) : DW'(ceiling_reg[BW-1:LOTS_W+1]);
    wire [PPM_W-1:0]  calc_p = of_equity ? position_ppm_reg : collar_ppm_reg;
    wire [DW-1:0]     calc_d = of_equity || of_collar ? DW'(PPM)
        : state_reg == EXACT ? DW'(price3_reg[PRICE_W-1:0]) : DW'(ref2_reg[REF_W-1:1]);
    wire              calc_d_plus = state_reg == CEILING && ref2_reg[0];
    wire [CW-1:0]     calc_mul = of_equity ? CW'(XW) : of_collar ? CW'(REF_W) : CW'(0);
    wire [CW-1:0]     calc_div = of_equity ? CW'(XW) : of_collar ? CW'(REF_W) : CW'(LOTS_W + 1);

    tp_gate_bounds #(.XW(XW), .DW(DW), .PW(PPM_W), .CW(CW)) bounds (
        .aclk(aclk), .aresetn(aresetn), .start(start_reg), .mul_steps(calc_mul),
        .div_steps(calc_div), .x(calc_x), .remainder(calc_rem), .p(calc_p), .d(calc_d),
        .d_plus(calc_d_plus), .busy(calc_busy), .q(calc_q)
    );

    wire calc_high;
    generate
        if (XW > BW) begin : cut
            assign calc_high = calc_q[XW-1:BW] != 0;
        end else begin : whole
            assign calc_high = 1'b0;
        end
    endgenerate
    // While disarmed a commit sets the position too: orders that are open, then what is held.
    wire              loads = state_reg == OPEN_BUY || state_reg == OPEN_SELL
        || state_reg == LONG || state_reg == SHORT;
    wire [RW-1:0]     load_lots = state_reg == APPLY ? RW'(cfg_open_buy_lots)
        : state_reg == OPEN_BUY ? RW'(cfg_open_sell_lots) : RW'(cfg_position_lots);
    wire              load_wide = cfg_open_buy_lots[31:LOTS_W] != 0
        || cfg_open_sell_lots[31:LOTS_W] != 0
        || cfg_position_lots[31:LOTS_W] != {(32-LOTS_W){cfg_position_lots[31]}};
    wire              load_wrong = !cfg_arm && load_wide;
    wire              load_start = state_reg == APPLY && !cfg_arm && !load_wide;
    wire              q_cut = calc_q[LOTS_W];   // the quotient does not fit
    wire [LOTS_W-1:0] q_lots = calc_q[LOTS_W-1:0] | {LOTS_W{q_cut}};
    wire [LOTS_W-1:0] w_next = ref_ok_reg ? q_lots : LOTS_W'(0);

    always @(posedge aclk) begin
        start_reg <= 1'b0;
        if (!aresetn) begin
            state_reg        <= RUN;
            commit_reg       <= 1'b0;
            exact_reg        <= 1'b0;
            lots_cap_reg     <= 0;
            position_ppm_reg <= 0;
            collar_ppm_reg   <= 0;
            step_ns_reg      <= STEP_MIN;
            commit_error_reg <= 1'b0;
            room_ns_reg      <= 0;
            equity_zero_reg  <= 1'b1;
            ceiling_reg      <= 0;
            ref_ok_reg       <= 1'b0;
            lots_ceiling_reg <= 0;
            lots_cut_reg     <= 1'b0;
        end else begin
            if (cfg_commit) commit_reg <= 1'b1;
            if (go3) exact_reg <= 1'b0;
            case (state_reg)
                RUN: begin
                    spare_reg <= room_next;
                    if (reference) begin
                        ref_ok_reg <= !fault3_reg;
                        ref2_reg   <= REF_W'(lots3_reg) + REF_W'(price3_reg);
                        if (!fault3_reg) state_reg <= COLLAR;
                        start_reg  <= !fault3_reg;
                    end else if (ready3 && is_order && band) begin
                        state_reg <= EXACT;
                        start_reg <= 1'b1;
                    end else if (commit_reg && idle) state_reg <= APPLY;
                end
                APPLY: begin
                    commit_reg       <= cfg_commit;
                    commit_error_reg <= load_wrong;
                    state_reg        <= load_wrong ? RUN : cfg_arm ? EQUITY : OPEN_BUY;
                    start_reg        <= cfg_arm;
                    if (!load_wrong) begin
                        lots_cap_reg     <= cfg_lots_max[LOTS_W-1:0]
                            | {LOTS_W{cfg_lots_max[31:LOTS_W] != 0}};
                        position_ppm_reg <= PPM_W'(
                            cfg_position_ppm > POSITION_MAX ? POSITION_MAX : cfg_position_ppm);
                        collar_ppm_reg   <= PPM_W'(
                            cfg_collar_ppm > COLLAR_MAX ? COLLAR_MAX : cfg_collar_ppm);
                        step_ns_reg      <=
                            cfg_rate_step_ns < STEP_MIN ? STEP_MIN : cfg_rate_step_ns;
                        room_ns_reg      <= 30'(
                            cfg_rate_room_ns > ROOM_MAX ? ROOM_MAX : cfg_rate_room_ns);
                        equity_zero_reg  <= cfg_equity == 0;
                    end
                    if (load_start) lots_ceiling_reg <= 0;
                end
                OPEN_BUY: state_reg <= OPEN_SELL;
                OPEN_SELL: state_reg <= LONG;
                LONG: state_reg <= SHORT;
                SHORT: begin
                    state_reg <= EQUITY;
                    start_reg <= 1'b1;
                end
                EQUITY: if (calc_done) begin
                    ceiling_reg <= BW'(calc_q) | {BW{calc_high}};
                    state_reg   <= ref_ok_reg ? COLLAR : DELTA;
                    start_reg   <= ref_ok_reg;
                end
                COLLAR: if (calc_done) begin
                    collar_reg <= REF_W'(calc_q);
                    state_reg  <= CEILING;
                    start_reg  <= 1'b1;
                end
                CEILING: if (calc_done) state_reg <= DELTA;
                DELTA: begin
                    delta_reg        <= RW'(lots_ceiling_reg) - RW'(w_next);
                    lots_ceiling_reg <= w_next;
                    lots_cut_reg     <= ref_ok_reg && q_cut;
                    state_reg        <= ROOM_BUY;
                end
                ROOM_BUY: state_reg <= ROOM_SELL;
                ROOM_SELL: state_reg <= RUN;
                EXACT: if (calc_done) state_reg <= EXACT_DELTA;
                EXACT_DELTA: begin
                    delta_reg <= RW'(lots_ceiling_reg) - RW'(q_lots);
                    state_reg <= EXACT_OVER;
                end
                default: begin
                    exact_over_reg <= room_next[RW-1];
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
        .aclk(aclk), .aresetn(aresetn), .decided(decide), .code(code_next),
        .error(error), .orders(count_orders), .allowed(count_allowed),
        .refused_state(count_refused_state), .refused_order(count_refused_order),
        .refused_collar(count_refused_collar), .refused_position(count_refused_position),
        .refused_rate(count_refused_rate), .errors(count_errors)
    );
endmodule
`default_nettype wire
