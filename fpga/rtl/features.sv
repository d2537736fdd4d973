// tp_features: eight fixed-point features of the top of the book, one event a clock.
//
// The integers are those of src/tickpath/devices/fpga/features.py, to the bit; that file says what
// each feature means and how it rounds. Latency 4 clocks, no back-pressure, no bubble.
// An event that is not `top_ok`, or holds a number past 24 bits, gives no row, leaves the state
// alone and is counted. Nothing overflows: deviations are held within 28 bits by leaving out jumps.
// Reset: nothing seen, averages at 0. Shifts are settings: change them only under reset.
`default_nettype none
// rounding down leaves bits behind
/* verilator lint_off UNUSEDSIGNAL */
module tp_features (
    input  wire         aclk,
    input  wire         aresetn,
    input  wire         top_valid,
    input  wire         top_ok,            // two-sided, not crossed
    input  wire [31:0]  bid_ticks,
    input  wire [31:0]  bid_lots,
    input  wire [31:0]  ask_ticks,
    input  wire [31:0]  ask_lots,
    input  wire [3:0]   shift_fast,        // 1 to 8, nearest taken
    input  wire [3:0]   shift_slow,        // 5 to 12, nearest taken
    input  wire [3:0]   shift_imbalance,   // 1 to 8, nearest taken
    output reg          row_valid,
    output wire         row_ok,            // a row that is given is good
    output wire [255:0] row,               // feature k at [32k +: 32], int32
    output reg  [31:0]  row_bid_ticks,
    output reg  [31:0]  row_ask_ticks,
    output reg  [31:0]  events_skipped
);
    // ------------------------------------------------------------ settings: shift - lowest
    reg [2:0] fast, slow, calm;
    always @(posedge aclk) begin
        fast <= (shift_fast == 4'd0) ? 3'd0 : shift_fast[3] ? 3'd7 : shift_fast[2:0] - 3'd1;
        slow <= (shift_slow < 4'd5) ? 3'd0 : (shift_slow > 4'd11) ? 3'd7 : shift_slow[2:0] - 3'd5;
        calm <= (shift_imbalance == 4'd0) ? 3'd0
              : shift_imbalance[3] ? 3'd7 : shift_imbalance[2:0] - 3'd1;
    end

    // ------------------------------------------------------------ stage 1: sums, lead of the lots
    // Both sums go up until the total has its leading one at bit 24. Where the larger lots have
    // theirs is known early, the octet first; whether the total has carried past that, last.
    wire [31:0] high = {bid_ticks[31:24], bid_lots[31:24], ask_ticks[31:24], ask_lots[31:24]};
    wire        good = top_ok && high == 32'd0;
    wire [23:0] bid = bid_ticks[23:0], ask = ask_ticks[23:0];
    wire [23:0] larger = bid_lots[23:0] | ask_lots[23:0];
    wire [24:0] total = {1'b0, bid_lots[23:0]} + {1'b0, ask_lots[23:0]};
    wire        upper = |larger[23:16], middle = |larger[15:8];
    function automatic [2:0] lead(input [7:0] of);         // place of the leading one
        lead = {|of[7:4], (|of[7:6]) || (!(|of[5:4]) && (|of[3:2])),
                of[7] || (!of[6] && (of[5] || (!of[4] && (of[3] || (!of[2] && of[1])))))};
    endfunction
    reg               valid_1, skip_1, upper_1, middle_1;
    reg signed [24:0] spread_1, lots_1;
    reg [24:0]        mid2_1;
    reg [14:0]        total_1;             // bits 24 to 10 with its octet uppermost
    reg [2:0]         lead_1;
    reg [23:0]        bid_1, ask_1;
    always @(posedge aclk) begin
        // an enable a stage costs nothing and keeps these chains out of LUT shift registers
        if (top_valid) {bid_1, ask_1} <= {bid, ask};
        lots_1 <= {1'b0, bid_lots[23:0]} - {1'b0, ask_lots[23:0]};
        spread_1 <= {1'b0, ask} - {1'b0, bid};
        mid2_1 <= {1'b0, bid} + {1'b0, ask};
        {upper_1, middle_1} <= {upper, middle};
        lead_1 <= upper ? lead(larger[23:16]) : middle ? lead(larger[15:8]) : lead(larger[7:0]);
        total_1 <= upper ? total[24:10] : middle ? total[16:2] : {total[8:0], 6'd0};
        valid_1 <= top_valid && good && aresetn;
        skip_1 <= top_valid && !good && aresetn;
        if (!aresetn) events_skipped <= 32'd0;
        else if (skip_1) events_skipped <= events_skipped + 32'd1;
    end

    // ---------------------------------------------------------- stage 2: reciprocal, change of mid
    wire [24:0] coarse = upper_1 ? lots_1 : middle_1 ? {lots_1[16:0], 8'd0} : {lots_1[8:0], 16'd0};
    wire [24:0] lots_less;                 // complements: bits 24 to 7 with the lead at bit 23
    wire [14:0] total_less;                // and 24 to 17
    tp_shift #(.W(25)) u_lots (.number(coarse), .by(lead_1), .less(lots_less));
    tp_shift #(.W(15)) u_total (.number(total_1), .by(lead_1), .less(total_less));
    wire        carried = !total_less[7];
    wire [17:0] fine = ~(carried ? {lots_less[17], lots_less[17:1]} : lots_less[17:0]);
    wire [5:0]  index = ~(carried ? total_less[6:1] : total_less[5:0]);
    wire [10:0] reciprocal;
    tp_reciprocal u_reciprocal (.m(index), .reciprocal(reciprocal));
    reg               valid_2, seen;
    reg [2:0]         jump_2;              // any: the change is past 13 bits
    wire signed [25:0] change = {1'b0, mid2_1} - {1'b0, mid2_seen};
    reg [24:0]        mid2_seen;
    reg signed [17:0] lots_2;
    reg signed [25:0] change_2;
    reg signed [24:0] spread_2;
    reg [10:0]        reciprocal_2;
    reg [3:0]         steps_2;             // the spread, at most 15
    reg [23:0]        bid_2, ask_2;
    always @(posedge aclk) begin
        lots_2 <= fine;
        reciprocal_2 <= reciprocal;
        change_2 <= seen ? change : 26'sd0;
        // unlike bits among those that a change of 13 bits has alike, the joins in both
        jump_2 <= {!(&change[25:20]) && (|change[25:20]), !(&change[20:16]) && (|change[20:16]),
                   !(&change[16:12]) && (|change[16:12])};
        steps_2 <= spread_1[24] ? 4'd0 : (|spread_1[23:4]) ? 4'd15 : spread_1[3:0];
        if (valid_1) begin
            {bid_2, ask_2, spread_2} <= {bid_1, ask_1, spread_1};
            mid2_seen <= mid2_1;
        end
        seen <= (seen || valid_1) && aresetn;
        valid_2 <= valid_1 && aresetn;
    end

    // ------------------------------------------------------------ stage 3: imbalance, deviations
    wire signed [29:0] product_3;
    tp_product #(.A(18), .B(12)) u_product (
        .aclk(aclk), .a(lots_2), .b({1'b0, reciprocal_2}), .product(product_3)
    );
    wire signed [27:0] from_fast, from_slow;
    tp_deviation #(.SHIFT_MIN(1)) deviation_fast (
        .aclk(aclk), .aresetn(aresetn), .valid(valid_2), .jump(jump_2), .change(change_2[12:0]),
        .shift(fast), .deviation(from_fast)
    );
    tp_deviation #(.SHIFT_MIN(5)) deviation_slow (
        .aclk(aclk), .aresetn(aresetn), .valid(valid_2), .jump(jump_2), .change(change_2[12:0]),
        .shift(slow), .deviation(from_slow)
    );
    reg               valid_3;
    wire signed [17:0] imbalance_3 = product_3[28:11];
    reg signed [25:0] change_3;
    reg signed [24:0] spread_3;
    reg [3:0]         steps_3;
    reg [23:0]        bid_3, ask_3;
    always @(posedge aclk) begin
        if (valid_2) {bid_3, ask_3, spread_3, change_3} <= {bid_2, ask_2, spread_2, change_2};
        steps_3 <= steps_2;
        valid_3 <= valid_2 && aresetn;
    end

    // ------------------------------------------------------------ stage 4: the row
    reg signed [25:0] calm_sum;            // EMA of the imbalance, times 2^shift
    wire signed [25:0] calm_half = calm_sum >>> 1;
    wire [25:0] calm_less;                 // the complement of the mean
    tp_shift #(.W(26)) u_mean (.number(calm_half), .by(calm), .less(calm_less));
    // the sum of both does not wait for the shift; the bit below carries in
    wire [25:0] calm_more = calm_sum + 26'(imbalance_3);
    wire [26:0] calm_next = {calm_more, 1'b1} + {calm_less, 1'b1};
    wire signed [22:0] micro_4;            // the spread times the imbalance
    tp_product #(.A(18), .B(5)) micro (
        .aclk(aclk), .a(imbalance_3), .b({1'b0, steps_3}), .product(micro_4)
    );
    wire signed [28:0] apart = 29'(from_slow) - 29'(from_fast);
    reg signed [24:0] spread_4;
    reg signed [17:0] imbalance_4, calm_4;
    reg signed [21:0] fast_4, slow_4;
    reg signed [22:0] apart_4;
    reg signed [25:0] change_4;
    always @(posedge aclk) begin
        if (valid_3) begin
            {spread_4, change_4} <= {spread_3, change_3};
            row_bid_ticks <= {8'd0, bid_3};
            row_ask_ticks <= {8'd0, ask_3};
        end
        imbalance_4 <= imbalance_3;
        fast_4 <= from_fast[27:6];
        slow_4 <= from_slow[27:6];
        calm_4 <= ~calm_less[17:0];
        apart_4 <= apart[28:6];
        row_valid <= valid_3 && aresetn;
        if (!aresetn) calm_sum <= 26'sd0;
        else if (valid_3) calm_sum <= calm_next[26:1];
    end
    assign row_ok = row_valid;
    assign row = {
        32'(change_4), 32'(apart_4), 32'(calm_4), 32'(slow_4),
        32'(fast_4), 32'($signed(micro_4[21:9])), 32'(imbalance_4), 32'(spread_4)
    };

`ifdef FORMAL
    reg [2:0] age = 3'd0;
    always @(posedge aclk) if (age != 3'd7) age <= age + 3'd1;
    always @* if (age == 3'd0) assume (!aresetn);
    always @(posedge aclk) if (age != 3'd0 && $past(aresetn)) assume (
        $stable(shift_fast) && $stable(shift_slow) && $stable(shift_imbalance));
    // events between the edges, as the input saw them
    reg [3:0] f_good;
    reg [31:0] f_skipped;
    always @(posedge aclk)
        if (!aresetn) begin
            f_good <= 4'd0;
            f_skipped <= 32'd0;
        end else begin
            f_good <= {f_good[2:0], top_valid && good};
            f_skipped <= f_skipped + {31'd0, top_valid && !good};
        end
    reg f_settled = 1'b0;                  // the shift register of the settings is loaded
    always @(posedge aclk) f_settled <= age != 3'd0 && !aresetn || f_settled && aresetn;
    wire [3:0] f_shift = {1'b0, calm} + 4'd1;
    wire signed [27:0] f_most = 28'sd131072 <<< f_shift;
    always @(posedge aclk) if (age > 3'd1 && $past(aresetn) && aresetn) begin
        // four clocks, one row an event, none lost and none made up
        a_latency: assert (row_valid == f_good[3]);
        a_stages: assert ({valid_3, valid_2, valid_1} == f_good[2:0]);
        a_skipped: assert (events_skipped + {31'd0, skip_1} == f_skipped);
        a_ok: assert (row_ok == row_valid);
        c_row: cover (row_valid && row[31:0] == 32'd2 && row[63:32] == 32'd0);
        c_skip: cover (events_skipped == 32'd2);
        c_stream: cover (f_good == 4'b1111 && row_valid);
    end
    // the sum of the imbalances keeps within what its mean of 18 bits can hold
    always @(posedge aclk) if (age > 3'd1 && f_settled) a_mean: assert (
        28'(calm_sum) >= -f_most && 28'(calm_sum) < f_most);
`endif
endmodule
/* verilator lint_on UNUSEDSIGNAL */
`default_nettype wire
