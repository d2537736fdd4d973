// tp_bank_lanes: NF products a clock and their sum, held over the chunks of one unit.
//
//   acc = sum over chunks and lanes of f[i] * w[i]        exact, no rounding
//
// Latency: f, w, first and valid registered outside (stage 0); products 1, pairs 2, fours 3, acc 4.
// On the 7 series the pair sums fall into the DSP blocks. No overflow is possible: SW has the room.
// Reset: none, data only. `stop` marks the last chunk; acc is whole in the clock after stage 3.
`default_nettype none
// not every build of the parameters uses every signal
/* verilator lint_off UNUSEDSIGNAL */
module tp_bank_lanes #(
    parameter integer NF = 8,      // lanes: 2, 4 or 8
    parameter integer FW = 25,     // bits of an input
    parameter integer WW = 18,     // bits of a weight
    parameter integer CHUNKS = 4,  // most chunks a unit
    parameter integer SW = FW + WW + $clog2(NF * CHUNKS)  // bits of the sum
) (
    input  wire                 aclk,
    input  wire [NF*FW-1:0]     f,        // stage 0
    input  wire [NF*WW-1:0]     w,        // stage 0
    input  wire                 first,    // stage 3: the first chunk of a unit
    input  wire                 valid,    // stage 3: a chunk is there
    output reg  signed [SW-1:0] acc       // stage 4
);
    localparam integer PW = FW + WW;
    localparam integer NP = NF / 2;
    localparam integer NQ = (NF >= 4) ? NF / 4 : 1;

    wire [NP*(PW+1)-1:0] pairs;
    wire [NQ*(PW+2)-1:0] fours;

    genvar g;
    generate
        for (g = 0; g < NP; g = g + 1) begin : two
            wire signed [PW-1:0] even, odd;
            tp_product #(.A(FW), .B(WW)) u_even (
                .aclk(aclk), .a(f[2*g*FW +: FW]), .b(w[2*g*WW +: WW]), .product(even)
            );
            tp_product #(.A(FW), .B(WW)) u_odd (
                .aclk(aclk), .a(f[(2*g+1)*FW +: FW]), .b(w[(2*g+1)*WW +: WW]), .product(odd)
            );
            reg signed [PW:0] sum;
            always @(posedge aclk) sum <= even + odd;
            assign pairs[g*(PW+1) +: PW+1] = sum;
        end
        for (g = 0; g < NQ; g = g + 1) begin : four
            wire signed [PW:0] even = pairs[2*g*(PW+1) +: PW+1];
            reg signed [PW+1:0] sum;
            if (NF >= 4) begin : add
                wire signed [PW:0] odd = pairs[(2*g+1)*(PW+1) +: PW+1];
                always @(posedge aclk) sum <= even + odd;
            end else begin : pass
                always @(posedge aclk) sum <= (PW+2)'(even);
            end
            assign fours[g*(PW+2) +: PW+2] = sum;
        end
        if (NQ == 2) begin : wide
            wire signed [SW-1:0] low = SW'($signed(fours[PW+1:0]));
            wire signed [SW-1:0] high = SW'($signed(fours[2*(PW+2)-1:PW+2]));
            if (CHUNKS == 1) begin : one
                always @(posedge aclk) acc <= low + high;
            end else begin : many
                wire signed [SW-1:0] kept = first ? {SW{1'b0}} : acc;
                always @(posedge aclk) if (valid) acc <= kept + low + high;
            end
        end else begin : narrow
            wire signed [SW-1:0] low = SW'($signed(fours[PW+1:0]));
            wire signed [SW-1:0] kept = (first || CHUNKS == 1) ? {SW{1'b0}} : acc;
            always @(posedge aclk) if (valid) acc <= kept + low;
        end
    endgenerate

`ifdef FORMAL
    // the sum is exact: the same in 64 bits
    wire signed [63:0] f_low = 64'($signed(fours[PW+1:0]));
    wire signed [63:0] f_high = (NQ == 2) ? 64'($signed(fours[NQ*(PW+2)-1 -: PW+2])) : 64'sd0;
    wire signed [63:0] f_kept = (first || CHUNKS == 1) ? 64'sd0 : 64'(acc);
    reg signed [63:0] f_sum;
    reg               f_known = 1'b0;
    reg [2:0]         f_age = 3'd0;        // until the registers hold sums of products
    always @(posedge aclk) begin
        if (valid) f_sum <= f_kept + f_low + f_high;
        f_known <= valid && (CHUNKS == 1 || first) && f_age == 3'd7;
        if (f_age != 3'd7) f_age <= f_age + 3'd1;
        if (f_known) a_exact: assert (64'(acc) == f_sum);
    end
`ifdef FORMAL_ALONE
`include "bank_lanes_proof.svh"
`endif
`endif
endmodule
/* verilator lint_on UNUSEDSIGNAL */
`default_nettype wire
