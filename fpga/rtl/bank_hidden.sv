// tp_bank_hidden: sums of the hidden layer to its answers, and the buffer that keeps them.
//
//   h = clamp(sum >> shift, 0, 2^31 - 1), then clipped to FW bits (marked)
//
// The sum holds the bias and half of the last place already. Latency: 3 clocks from `valid` to the
// write; the last unit's write raises `written` for a clock. `row_sat` is 1 from the first clipped
// input or unit of a row on until the first unit of the next row is here. Reset: nothing valid.
`default_nettype none
module tp_bank_hidden #(
    parameter integer NF = 8,
    parameter integer FW = 25,
    parameter integer AW = 55,
    parameter integer CHUNKS = 4
) (
    input  wire             aclk,
    input  wire             aresetn,
    input  wire             valid,
    input  wire signed [AW-1:0] sum,
    input  wire [4:0]       unit,
    input  wire             last,        // the last unit of the layer
    input  wire             sat,         // an input of the row was clipped
    input  wire [5:0]       cfg_shift,
    input  wire [1:0]       read_chunk,
    output wire [NF*FW-1:0] read_data,
    output reg              written,
    output reg              row_sat,
    output wire             busy
);
    localparam integer CB = $clog2(CHUNKS);
    localparam integer LB = $clog2(NF);
    localparam integer AB = (CB > 0) ? CB : 1;
    localparam integer OW = (FW >= 32) ? 31 : FW - 1;    // bits of an answer: never negative

    reg signed [AW-1:0] coarse, fine;
    reg [4:0] unit_a, unit_b, unit_c;
    reg       valid_a, valid_b, valid_c, last_a, last_b, last_c, sat_a, sat_b, sat_c;
    reg [OW-1:0] answer;
    wire over = !fine[AW-1] && (|fine[AW-2:OW]);
    // what lies past int32 is clamped, not clipped, only where FW keeps all of int32
    wire clip = over && FW < 32;

    always @(posedge aclk) begin
        coarse <= sum >>> {cfg_shift[5:3], 3'b0};
        fine <= coarse >>> cfg_shift[2:0];
        answer <= fine[AW-1] ? {OW{1'b0}} : over ? {OW{1'b1}} : fine[OW-1:0];
        {unit_a, unit_b, unit_c} <= {unit, unit_a, unit_b};
        {last_a, last_b, last_c} <= {last, last_a, last_b};
        {sat_a, sat_b, sat_c} <= {sat, sat_a, sat_b || clip};
        if (!aresetn) {valid_a, valid_b, valid_c, written} <= 4'b0;
        else {valid_a, valid_b, valid_c, written} <= {valid, valid_a, valid_b, valid_c && last_c};
        if (valid_c) row_sat <= sat_c || (unit_c != 5'd0 && row_sat);
    end
    assign busy = valid_a || valid_b || valid_c;

    wire [AB-1:0] write_at = AB'({27'b0, unit_c} >> LB);
    wire [AB-1:0] read_at = AB'({30'b0, read_chunk});
    genvar g;
    generate for (g = 0; g < NF; g = g + 1) begin : lane
        (* ram_style = "distributed" *) reg [OW-1:0] mem [0:(1<<AB)-1];
        // lanes beyond the last unit meet weights of 0, but must be numbers
        initial for (int i = 0; i < (1 << AB); i = i + 1) mem[i] = {OW{1'b0}};
        always @(posedge aclk) if (valid_c && unit_c[LB-1:0] == g[LB-1:0]) mem[write_at] <= answer;
        assign read_data[g*FW +: FW] = FW'({1'b0, mem[read_at]});
    end endgenerate

`ifdef FORMAL_ALONE
`include "bank_hidden_proof.svh"
`endif
endmodule
`default_nettype wire
