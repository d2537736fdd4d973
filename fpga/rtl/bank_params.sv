// tp_bank_params: the two halves of the bank's parameters and the swap between them.
//
// Writes go to the shadow half; reads see the active half. `swap` exchanges them in one clock.
// Addresses (32-bit words): 0x000 + 32k + i weight i of strategy k; 0x800 + 32j + i weight i of
// hidden unit j; 0xC00 + 8k + {0,1: bias; 2,3: bias - buy; 4,5: bias - sell - 1; low word first};
// 0xE00 + 8j + {0,1: hidden bias + half}. A write outside the built size is ignored.
// After a swap the shadow half holds what was active before: the host writes a whole table.
//
// One strategy of one chunk (SMALL): registers, weights and constants are always there.
// Else memories: weights come 2 clocks after read_addr (memory, then register), constants 2 clocks
// after const_addr. Reset: the active half, nothing else; 0 strategies are configured then.
`default_nettype none
// not every build of the parameters uses every signal
/* verilator lint_off UNUSEDSIGNAL */
module tp_bank_params #(
    parameter integer NF = 8,
    parameter integer WW = 18,
    parameter integer CW = 49,
    parameter integer STRATEGIES = 64,
    parameter integer CHUNKS = 4,
    parameter integer HIDDEN = 1
) (
    input  wire               aclk,
    input  wire               edge_aclk,     // the same clock, of the writes
    input  wire               aresetn,
    input  wire               param_we,
    input  wire [11:0]        param_addr,
    input  wire [31:0]        param_data,
    input  wire               swap,
    output wire               busy,          // a word is on its way to the shadow half
    input  wire               read_hidden,   // the unit is one of the hidden layer
    input  wire [5:0]         read_unit,
    input  wire [1:0]         read_chunk,
    output wire [NF*WW-1:0]   weights,
    input  wire               const_hidden,
    input  wire [5:0]         const_unit,
    output wire signed [CW-1:0] const_score,
    output wire signed [CW-1:0] const_buy,
    output wire signed [CW-1:0] const_sell
);
    localparam integer SMALL = (STRATEGIES == 1 && CHUNKS == 1 && HIDDEN == 0) ? 1 : 0;
    localparam integer UNITS = (HIDDEN != 0 && NF * CHUNKS > STRATEGIES) ? NF * CHUNKS : STRATEGIES;
    localparam integer UB = (UNITS > 1) ? $clog2(UNITS) : 1;
    localparam integer CB = $clog2(CHUNKS);
    localparam integer DB = 1 + HIDDEN + UB + CB;      // bits of a weight memory's address
    localparam integer EB = 1 + HIDDEN + UB;           // of a constant memory's
    localparam integer LB = (CW > 32) ? 32 : CW;       // low word of a constant
    localparam integer HB = (CW > 32) ? CW - 32 : 1;   // high word

    // a clock to take the word, a clock to decode it: the settings bus drives no memory
    localparam [6:0] STRATEGIES_IN = STRATEGIES[6:0];
    localparam integer INPUTS_ALL = NF * CHUNKS;
    localparam [5:0] INPUTS_IN = INPUTS_ALL[5:0];
    reg        taken;
    reg [11:0] addr;
    reg [31:0] taken_data;
    wire to_weight = !addr[11];
    wire to_hidden = addr[11:10] == 2'b10;
    wire to_const = addr[11:9] == 3'b110;
    wire to_bias = addr[11:8] == 4'b1110;
    wire [5:0] to_unit = to_weight ? addr[10:5]
                       : to_hidden ? {1'b0, addr[9:5]}
                       : to_const ? addr[8:3] : {1'b0, addr[7:3]};
    wire to_layer = to_hidden || to_bias;
    wire good = to_layer ? HIDDEN != 0 && to_unit < INPUTS_IN : {1'b0, to_unit} < STRATEGIES_IN;
    reg        weight_we, const_we, hid;
    reg [5:0]  unit;
    reg [4:0]  lane_in;
    reg [2:0]  field;
    reg [31:0] data;
    always @(posedge edge_aclk) begin
        taken <= param_we && aresetn;
        addr <= param_addr;
        taken_data <= param_data;
        weight_we <= taken && (to_weight || to_hidden) && good && {1'b0, addr[4:0]} < INPUTS_IN;
        const_we <= taken && (to_const || to_bias) && good;
        hid <= to_layer;
        unit <= to_unit;
        lane_in <= addr[4:0];
        field <= addr[2:0];
        data <= taken_data;
    end
    assign busy = taken || weight_we || const_we;
    wire [31:0] unit_wide = {26'b0, unit};
    wire [31:0] chunk_in = {27'b0, lane_in} / NF;
    wire [31:0] lane_at = {27'b0, lane_in} % NF;

    genvar g;
    generate
        if (SMALL != 0) begin : registers
            reg [NF*WW-1:0] shadow, active;
            reg [3*CW-1:0]  const_shadow, const_active;
            for (g = 0; g < NF; g = g + 1) begin : lane
                always @(posedge edge_aclk)
                    if (weight_we && lane_at == g) shadow[g*WW +: WW] <= data[WW-1:0];
            end
            for (g = 0; g < 3; g = g + 1) begin : number
                always @(posedge edge_aclk) begin
                    if (const_we && field == 2*g) const_shadow[g*CW +: LB] <= data[LB-1:0];
                    if (CW > 32 && const_we && field == 2*g + 1)
                        const_shadow[g*CW + CW - HB +: HB] <= data[HB-1:0];
                end
            end
            always @(posedge aclk) if (swap) begin
                active <= shadow;
                const_active <= const_shadow;
            end
            assign weights = active;
            assign const_score = const_active[0 +: CW];
            assign const_buy = const_active[CW +: CW];
            assign const_sell = const_active[2*CW +: CW];
        end else begin : memories
            reg half;                                  // the active one
            always @(posedge aclk)
                if (!aresetn) half <= 1'b0;
                else if (swap) half <= !half;
            wire [DB-1:0] wa = DB'((((HIDDEN != 0) ? {30'b0, !half, hid} : {31'b0, !half})
                                    << (UB + CB)) | (unit_wide << CB)
                                   | chunk_in);
            wire [DB-1:0] ra = DB'((((HIDDEN != 0) ? {30'b0, half, read_hidden} : {31'b0, half})
                                    << (UB + CB)) | ({26'b0, read_unit} << CB)
                                   | {30'b0, read_chunk});
            for (g = 0; g < NF; g = g + 1) begin : lane
                (* ram_style = "block" *) reg [WW-1:0] mem [0:(1<<DB)-1];
                reg [WW-1:0] out, out_q;
                always @(posedge edge_aclk)
                    if (weight_we && lane_at == g) mem[wa] <= data[WW-1:0];
                always @(posedge aclk) begin
                    out <= mem[ra];
                    out_q <= out;
                end
                assign weights[g*WW +: WW] = out_q;
            end
            wire [EB-1:0] ca = EB'((((HIDDEN != 0) ? {30'b0, !half, hid} : {31'b0, !half}) << UB)
                                   | unit_wide);
            wire [EB-1:0] cr = EB'((((HIDDEN != 0) ? {30'b0, half, const_hidden}
                                                   : {31'b0, half}) << UB)
                                   | {26'b0, const_unit});
            wire [3*CW-1:0] numbers;
            for (g = 0; g < 3; g = g + 1) begin : number
                (* ram_style = "block" *) reg [LB-1:0] low [0:(1<<EB)-1];
                reg [LB-1:0] low_out, low_q;
                always @(posedge edge_aclk)
                    if (const_we && field == 2*g) low[ca] <= data[LB-1:0];
                always @(posedge aclk) begin
                    low_out <= low[cr];
                    low_q <= low_out;
                end
                assign numbers[g*CW +: LB] = low_q;
                if (CW > 32) begin : upper
                    (* ram_style = "block" *) reg [HB-1:0] high [0:(1<<EB)-1];
                    reg [HB-1:0] high_out, high_q;
                    always @(posedge edge_aclk)
                        if (const_we && field == 2*g + 1) high[ca] <= data[HB-1:0];
                    always @(posedge aclk) begin
                        high_out <= high[cr];
                        high_q <= high_out;
                    end
                    assign numbers[g*CW + LB +: HB] = high_q;
                end
            end
            assign const_score = numbers[0 +: CW];
            assign const_buy = numbers[CW +: CW];
            assign const_sell = numbers[2*CW +: CW];
        end
    endgenerate

`ifdef FORMAL_ALONE
`include "bank_params_proof.svh"
`endif
endmodule
/* verilator lint_on UNUSEDSIGNAL */
`default_nettype wire
