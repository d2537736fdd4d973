// tp_price_grid: a price in 10^-4 dollar to ticks of one unit or of a cent, exactly.
//
// x / 25 for x = 25 k: 2^20 = 25 * 41943 + 1, so t = 41943 x = 2^20 k - k, and t + (t >> 20) is
// short of 2^20 k by at most ceil(k / 2^20) <= 41 < 64. A price that is no multiple fails the
// check of the six low bits, because the quotient is off by one at most.
// Latency: 5 clocks from `load`; the answer stays until the next `load`. No reset.
`default_nettype none
module tp_price_grid (
    input  wire        aclk,
    input  wire        load,
    input  wire [31:0] price,
    input  wire        cents,
    output reg  [23:0] ticks,
    output reg         ok                  // on the grid, not 0, within 24 bits
);
    reg         off, whole, wide;
    reg [5:0]   low;
    reg [31:0]  raw, raw2, raw3;
    reg [32:0]  five;                      // 5 x
    reg [39:0]  most;                      // 1023 x
    reg [45:0]  high, high_most, t;        // 8184 * 5 x; 1023 x; 41943 x
    wire [29:0] x = price[31:2];
    // The quotient is in the high bits.
    // verilator lint_off UNUSEDSIGNAL
    wire [45:0] u = t + {20'd0, t[45:20]} + 46'd64;
    // verilator lint_on UNUSEDSIGNAL

    wire [5:0]  back = ticks[5:0] + {ticks[2:0], 3'b000} + {ticks[1:0], 4'b0000};   // 25 ticks

    always @(posedge aclk) begin
        if (load) begin
            raw <= price;
            whole <= !cents;
            off <= cents && price[1:0] != 2'd0;
            five <= {1'b0, x, 2'b00} + {3'b000, x};
            most <= {x, 10'd0} - {10'd0, x};
        end
        raw2 <= raw;
        high <= {five, 13'd0} - {10'd0, five, 3'd0};
        high_most <= {6'd0, most};
        raw3 <= raw2;
        t <= high + high_most;
        ticks <= whole ? raw3[23:0] : u[43:20];
        wide <= whole ? raw3[31:24] != 8'd0 : u[45:44] != 2'd0;
        low <= raw3[7:2];
        ok <= !wide && ticks != 24'd0 && (whole || (!off && back == low));
    end

`ifdef FORMAL
`include "price_grid_proof.svh"
`endif
endmodule
`default_nettype wire
