// Register file: identity, control, settings with a shadow, counters, and the table's write window.
//
// In: one write or one read at a time from tp_axil_regs. A setting is written into its shadow and
// read as what is active. COMMIT lets no new row begin (`hold_rows`), waits for the end of one that
// has begun, asks the bank to drain and to take table and shape (`commit`) if one of them was
// written, then makes every setting active in one clock (`settings_new` in the next) and waits
// until the gate has its bounds. While that lasts, settings, window and COMMIT refuse writes. When
// the shape is refused, nothing becomes active. Latency: a read is answered in the clock it is
// asked in. Reset: settings as the map says, disarmed, not killed. `kill` is a level; it falls only
// when ARM is written 0 and then 1. Nothing overflows: a write is taken or refused at once.
`default_nettype none
module tp_regfile #(
    parameter integer ADDR_W = 16   // bytes of the window, as a power of two
) (
    input  wire              aclk,
    input  wire              aresetn,
    input  wire              wr_en,
    input  wire [ADDR_W-3:0] wr_at,
    input  wire [31:0]       wr_data,
    input  wire [3:0]        wr_strb,
    output wire              wr_error,
    input  wire [ADDR_W-3:0] rd_at,
    output reg  [31:0]       rd_data,
    output reg               rd_error,
    // read-only words, the first of each group lowest
    input  wire [32*tp_regs_pkg::IDENTITY_WORDS-1:0] identity,
    input  wire [32*tp_regs_pkg::COUNTERS_WORDS-1:0] counters,
    // what is set
    output wire [32*tp_regs_pkg::SETTINGS_WORDS-1:0] shadow,
    output wire [32*tp_regs_pkg::SETTINGS_WORDS-1:0] settings,
    output reg               settings_new,
    output reg               arm,
    output reg               kill,
    output reg               feed_reset,
    output reg               features_reset,
    output reg  [127:0]      host_top,         // {ask lots, ask, bid lots, bid}
    output reg               host_top_ok,
    output reg               host_top_valid,
    // table and commit
    output wire              param_we,
    output wire [11:0]       param_addr,
    output wire [31:0]       param_data,
    output reg               commit,
    output wire              hold_rows,
    input  wire              row_open,        // a row is offered or partly taken
    input  wire              commit_busy,     // of the bank, high from the clock after `commit`
    input  wire              commit_refused,  // of the bank, valid when commit_busy is low again
    input  wire              bounds_busy,     // of the gate, high at latest 2 clocks after the new
    output wire              busy,
    output reg               refused
);
    localparam integer N = tp_regs_pkg::SETTINGS_WORDS;
    localparam integer SETTINGS = tp_regs_pkg::SETTINGS_BASE >> 2;
    localparam integer IDENTITY = tp_regs_pkg::IDENTITY_BASE >> 2;
    localparam integer COUNTERS = tp_regs_pkg::COUNTERS_BASE >> 2;
    localparam integer CONTROL = tp_regs_pkg::CONTROL_BASE >> 2;
    localparam integer PARAMETERS = tp_regs_pkg::PARAMETERS_BASE >> 2;
    localparam integer HOST = tp_regs_pkg::HOST_BID_TICKS;
    localparam integer LANES = 8;   // rows of the book are one beat
    localparam [2:0] IDLE = 3'd0, ENDS = 3'd1, ASKED = 3'd2, DRAINS = 3'd3, SWAPPED = 3'd4,
        SETTLES = 3'd5, BOUNDS = 3'd6;

    reg [32*N-1:0] shadow_reg, active_reg;
    reg [2:0]      state_reg;
    reg            disarmed_reg;   // ARM was 0 since the kill
    reg            table_reg;      // table or shape was written since the last commit

    assign shadow   = shadow_reg;
    assign settings = active_reg;
    assign busy     = state_reg != IDLE;
    assign hold_rows = state_reg >= ENDS && state_reg <= SWAPPED;

    wire swap = (state_reg == ENDS && !row_open && !table_reg)
        || (state_reg == DRAINS && !commit_busy && !commit_refused);
    wire [5:0] inputs = shadow_reg[32*tp_regs_pkg::BANK+tp_regs_pkg::BANK_INPUTS +: 6];
    wire too_wide = shadow_reg[32*tp_regs_pkg::MODE+tp_regs_pkg::MODE_CHAIN]
        && {26'b0, inputs} > LANES;

    // ------------------------------------------------------------ where an address lies
    wire [31:0] wr_word = 32'(wr_at);
    wire [31:0] rd_word = 32'(rd_at);
    wire wr_setting = wr_word >= SETTINGS && wr_word < SETTINGS + N;
    wire wr_control = wr_word >= CONTROL && wr_word < CONTROL + tp_regs_pkg::CONTROL_WORDS;
    wire wr_param = wr_word >= PARAMETERS && wr_word < PARAMETERS + tp_regs_pkg::PARAMETERS_WORDS;
    wire wr_ctrl   = wr_word == CONTROL + tp_regs_pkg::CTRL;
    wire wr_commit = wr_word == CONTROL + tp_regs_pkg::COMMIT;
    wire wr_feed   = wr_word == CONTROL + tp_regs_pkg::FEED_RESET;
    wire wr_anew   = wr_word == CONTROL + tp_regs_pkg::FEATURES_RESET;
    wire wr_top    = wr_word == CONTROL + tp_regs_pkg::HOST_TOP;
    wire wr_host   = wr_word >= CONTROL + HOST && wr_word < CONTROL + HOST + 4;
    wire chain_mode = active_reg[32*tp_regs_pkg::MODE+tp_regs_pkg::MODE_CHAIN];
    // Part of a word of the table cannot be written; while a commit is done nothing it takes can.
    wire wr_part = wr_param && wr_strb != 4'h0 && wr_strb != 4'hf;
    wire wr_late = busy && (wr_setting || wr_param || wr_commit);
    assign wr_error = !(wr_setting || wr_control || wr_param) || wr_part || wr_late
        || (wr_top && chain_mode);
    wire act = wr_en && !wr_error;
    wire act_low = act && wr_strb[0];

    assign param_we   = act && wr_param && wr_strb == 4'hf;
    assign param_addr = wr_at[11:0];
    assign param_data = wr_data;

    // ------------------------------------------------------------ writes
    integer k, b;
    always @(posedge aclk) begin
        commit       <= 1'b0;
        settings_new <= 1'b0;
        feed_reset   <= act_low && wr_feed && wr_data[tp_regs_pkg::FEED_RESET_GO];
        features_reset <= act_low && wr_anew && wr_data[tp_regs_pkg::FEATURES_RESET_GO];
        host_top_valid <= act_low && wr_top;
        if (act_low && wr_top) host_top_ok <= wr_data[tp_regs_pkg::HOST_TOP_OK];
        if (!aresetn) begin
            shadow_reg   <= tp_regs_pkg::SETTINGS_RESET;
            active_reg   <= tp_regs_pkg::SETTINGS_RESET;
            state_reg    <= IDLE;
            arm          <= 1'b0;
            kill         <= 1'b0;
            disarmed_reg <= 1'b0;
            table_reg    <= 1'b0;
            refused      <= 1'b0;
            feed_reset   <= 1'b0;
            features_reset <= 1'b0;
            host_top     <= 128'd0;
            host_top_valid <= 1'b0;
        end else begin
            if (act && wr_host)
                for (k = 0; k < 4; k = k + 1)
                    for (b = 0; b < 4; b = b + 1)
                        if (wr_word == CONTROL + HOST + k && wr_strb[b])
                            host_top[32*k+8*b +: 8] <= wr_data[8*b +: 8];
            if (act && wr_setting)
                for (k = 0; k < N; k = k + 1)
                    for (b = 0; b < 4; b = b + 1)
                        if (wr_word == SETTINGS + k && wr_strb[b])
                            shadow_reg[32*k+8*b +: 8] <=
                                wr_data[8*b +: 8] & tp_regs_pkg::SETTINGS_MASK[32*k+8*b +: 8];
            if (act_low && wr_ctrl) begin
                arm <= wr_data[tp_regs_pkg::CTRL_ARM];
                disarmed_reg <= !wr_data[tp_regs_pkg::CTRL_ARM];
                if (wr_data[tp_regs_pkg::CTRL_KILL]) kill <= 1'b1;
                else if (disarmed_reg && wr_data[tp_regs_pkg::CTRL_ARM]) kill <= 1'b0;
            end
            if (param_we || (act && wr_word == SETTINGS + tp_regs_pkg::BANK)) table_reg <= 1'b1;
            if (swap) begin
                active_reg   <= shadow_reg;
                settings_new <= 1'b1;
                refused      <= 1'b0;
                table_reg    <= 1'b0;
            end
            case (state_reg)
                IDLE: if (act_low && wr_commit && wr_data[tp_regs_pkg::COMMIT_BUSY]) begin
                    if (too_wide) refused <= 1'b1;
                    else state_reg <= ENDS;
                end
                ENDS: if (!row_open) begin
                    commit    <= table_reg;
                    state_reg <= table_reg ? ASKED : SWAPPED;
                end
                ASKED: state_reg <= DRAINS;
                DRAINS: if (!commit_busy) begin
                    if (commit_refused) refused <= 1'b1;
                    state_reg <= commit_refused ? IDLE : SWAPPED;
                end
                SWAPPED: state_reg <= SETTLES;
                SETTLES: state_reg <= BOUNDS;
                default: if (!bounds_busy) state_reg <= IDLE;
            endcase
        end
    end

    // ------------------------------------------------------------ reads
    integer r;
    always @* begin
        rd_data  = 32'h0;
        rd_error = 1'b1;
        for (r = 0; r < tp_regs_pkg::IDENTITY_WORDS; r = r + 1)
            if (rd_word == IDENTITY + r) begin
                rd_data  = identity[32*r +: 32];
                rd_error = 1'b0;
            end
        for (r = 0; r < N; r = r + 1)
            if (rd_word == SETTINGS + r) begin
                rd_data  = active_reg[32*r +: 32];
                rd_error = 1'b0;
            end
        for (r = 0; r < tp_regs_pkg::COUNTERS_WORDS; r = r + 1)
            if (rd_word == COUNTERS + r) begin
                rd_data  = counters[32*r +: 32];
                rd_error = 1'b0;
            end
        if (rd_word == CONTROL + tp_regs_pkg::CTRL) begin
            rd_data[tp_regs_pkg::CTRL_ARM]  = arm;
            rd_data[tp_regs_pkg::CTRL_KILL] = kill;
            rd_error = 1'b0;
        end
        if (rd_word == CONTROL + tp_regs_pkg::COMMIT) begin
            rd_data[tp_regs_pkg::COMMIT_BUSY] = busy;
            rd_error = 1'b0;
        end
        if (rd_word == CONTROL + tp_regs_pkg::FEED_RESET) rd_error = 1'b0;
        if (rd_word == CONTROL + tp_regs_pkg::FEATURES_RESET) rd_error = 1'b0;
        if (rd_word == CONTROL + tp_regs_pkg::HOST_TOP) rd_error = 1'b0;
        for (r = 0; r < 4; r = r + 1)
            if (rd_word == CONTROL + HOST + r) begin
                rd_data  = host_top[32*r +: 32];
                rd_error = 1'b0;
            end
    end

`ifdef FORMAL
    reg past_ok = 1'b0;
    always @(posedge aclk) past_ok <= 1'b1;
    always @* assume (aresetn == past_ok);
    // one word of the settings, any
    (* anyconst *) wire [5:0] f_word;
    always @* assume (f_word < N);
    wire [31:0] f_active = active_reg[32*f_word +: 32];
    wire [31:0] f_shadow = shadow_reg[32*f_word +: 32];
    always @(posedge aclk) if (past_ok && $past(aresetn)) begin
        if (!$past(swap))
            a_settings_stay: assert ($stable(f_active));
        if ($past(busy)) a_shadow_stays: assert ($stable(f_shadow));
        if ($past(kill) && !kill) a_kill_sticks: assert ($past(disarmed_reg) && arm);
        if ($past(wr_en && wr_error && !busy)) begin
            a_refused_does_nothing: assert ($stable(f_shadow) && $stable(arm) && $stable(kill)
                && !commit);
        end
        if (!$past(wr_en)) a_arm_by_write_only: assert ($stable(arm) || !arm);
    end
    always @(posedge aclk) if (past_ok && !$past(aresetn)) a_reset: assert (!arm && !busy);
    always @(posedge aclk) if (past_ok && aresetn) begin
        a_state: assert (state_reg <= BOUNDS);
        if (swap) a_swap_waits: assert (!(state_reg == DRAINS && (commit_busy || commit_refused)));
        c_commit: cover (settings_new);
        c_refused: cover (refused);
        c_rearmed: cover (arm && !kill && $past(kill));
    end
`endif
endmodule
`default_nettype wire
