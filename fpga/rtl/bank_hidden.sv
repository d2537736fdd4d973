// tp_bank_hidden: sums of the hidden layer to its answers, which tp_bank_rows keeps.
//
//   h = clamp(sum >> shift, 0, 2^31 - 1), then clipped to FW bits (marked)
//
// The sum holds the bias and half of the last place already. Latency: 3 clocks from `valid` to the
// answer; `written` follows the last unit's by a clock. `row_sat` is 1 from the first clipped input
// or unit of a row on until the first unit of the next row is here. Reset: nothing valid.
`default_nettype none
module tp_bank_hidden #(
    parameter integer FW = 25,
    parameter integer AW = 55,
    parameter integer OW = FW - 1        // bits of an answer: never negative
) (
    input  wire             aclk,
    input  wire             aresetn,
    input  wire             valid,
    input  wire signed [AW-1:0] sum,
    input  wire [4:0]       unit,
    input  wire             last,        // the last unit of the layer
    input  wire             sat,         // an input of the row was clipped
    input  wire [5:0]       cfg_shift,
    output wire             answer_valid,
    output wire [4:0]       answer_unit,
    output reg  [OW-1:0]    answer,
    output reg              written,
    output reg              row_sat,
    output wire             busy
);
    reg signed [AW-1:0] coarse, fine;
    reg [4:0] unit_a, unit_b, unit_c;
    reg       valid_a, valid_b, valid_c, last_a, last_b, last_c, sat_a, sat_b, sat_c;

    always @(posedge aclk) begin
        if (valid) begin
            coarse <= sum >>> {cfg_shift[5:3], 3'b0};
            {unit_a, last_a, sat_a} <= {unit, last, sat};
        end
        if (valid_a) begin
            fine <= coarse >>> cfg_shift[2:0];
            {unit_b, last_b, sat_b} <= {unit_a, last_a, sat_a};
        end
        if (valid_b) begin
            answer <= fine[AW-1] ? {OW{1'b0}} : (|fine[AW-2:OW]) ? {OW{1'b1}} : fine[OW-1:0];
            {unit_c, last_c} <= {unit_b, last_b};
            // what lies past int32 is clamped, not clipped, only where FW keeps all of int32
            sat_c <= sat_b || (FW < 32 && !fine[AW-1] && (|fine[AW-2:OW]));
        end
        if (valid_c) row_sat <= sat_c || (unit_c != 5'd0 && row_sat);
        if (!aresetn) {valid_a, valid_b, valid_c, written} <= 4'b0;
        else {valid_a, valid_b, valid_c, written} <= {valid, valid_a, valid_b, valid_c && last_c};
    end
    assign busy = valid_a || valid_b || valid_c;
    assign answer_valid = valid_c;
    assign answer_unit = unit_c;

`ifdef FORMAL_ALONE
`include "bank_hidden_proof.svh"
`endif
endmodule
`default_nettype wire
