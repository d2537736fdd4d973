// tp_order_way: one way of the order table, a memory with one write and one read port.
//
// Latency: 1 clock from `re` to `q`, which stays until the next `re`. Reading what is written in
// the same clock gives the old word. No reset: the owner writes every word once before it reads.
`default_nettype none
module tp_order_way #(
    parameter integer SET_W = 10,
    parameter integer WORD_W = 114
) (
    input  wire              aclk,
    input  wire              we,
    input  wire [SET_W-1:0]  waddr,
    input  wire [WORD_W-1:0] wdata,
    input  wire              re,
    input  wire [SET_W-1:0]  raddr,
    output reg  [WORD_W-1:0] q
);
    reg [WORD_W-1:0] words [0:(1<<SET_W)-1];
    always @(posedge aclk) begin
        if (we) words[waddr] <= wdata;
        if (re) q <= words[raddr];
    end
endmodule
`default_nettype wire
