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

    wire signed [PW-1:0] product [0:NF-1];
    reg signed [PW:0]   pair [0:NP-1];
    reg signed [PW+1:0] four [0:NQ-1];

    genvar g;
    generate
        for (g = 0; g < NF; g = g + 1) begin : lane
            tp_product #(.A(FW), .B(WW)) u_product (
                .aclk(aclk), .a(f[g*FW +: FW]), .b(w[g*WW +: WW]), .product(product[g])
            );
        end
        for (g = 0; g < NP; g = g + 1) begin : pairs
            always @(posedge aclk) pair[g] <= product[2*g] + product[2*g+1];
        end
        if (NF >= 4) begin : fours
            for (g = 0; g < NQ; g = g + 1) begin : add
                always @(posedge aclk) four[g] <= pair[2*g] + pair[2*g+1];
            end
        end else begin : two
            always @(posedge aclk) four[0] <= (PW+2)'(pair[0]);
        end
        if (NQ == 2) begin : wide
            wire signed [SW-1:0] low = SW'(four[0]);
            wire signed [SW-1:0] high = SW'(four[1]);
            if (CHUNKS == 1) begin : one
                always @(posedge aclk) acc <= low + high;
            end else begin : many
                wire signed [SW-1:0] kept = first ? {SW{1'b0}} : acc;
                always @(posedge aclk) if (valid) acc <= kept + low + high;
            end
        end else begin : narrow
            wire signed [SW-1:0] low = SW'(four[0]);
            wire signed [SW-1:0] kept = (first || CHUNKS == 1) ? {SW{1'b0}} : acc;
            always @(posedge aclk) if (valid) acc <= kept + low;
        end
    endgenerate

`ifdef FORMAL
    // the sum is exact: the same in 64 bits
    wire signed [63:0] f_low = 64'(four[0]);
    wire signed [63:0] f_high = (NQ == 2) ? 64'(four[NQ-1]) : 64'sd0;
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
