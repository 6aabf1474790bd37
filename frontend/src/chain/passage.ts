/** The way to the chain through our API. What the passage would refuse is refused here, at once and without a request. */
import { http, MethodNotFoundRpcError, type HttpTransportConfig, type Transport } from "viem";
import { RPC_PATH } from "./contracts";

/** As in backend/chain/passage.py; the unit test compares the two. */
export const PASSED: ReadonlySet<string> = new Set([
  "eth_blockNumber",
  "eth_call",
  "eth_chainId",
  "eth_estimateGas",
  "eth_feeHistory",
  "eth_gasPrice",
  "eth_getBalance",
  "eth_getBlockByHash",
  "eth_getBlockByNumber",
  "eth_getCode",
  "eth_getLogs",
  "eth_getTransactionByHash",
  "eth_getTransactionCount",
  "eth_getTransactionReceipt",
  "eth_maxPriorityFeePerGas",
  "eth_sendRawTransaction",
  "net_version",
]);

/**
 * viem tries `eth_fillTransaction` before every transaction of a local account. Through the passage that is an HTTP 403,
 * which it takes for a passing fault and repeats for a second; "no such method" (-32601) makes it go on by itself.
 */
export function passage(options: HttpTransportConfig = {}): Transport {
  const over = http(`${location.origin}${RPC_PATH}`, options);
  return (parameters) => {
    const made = over(parameters);
    return {
      ...made,
      request: ((asked, more) =>
        PASSED.has(asked.method)
          ? made.request(asked as never, more)
          : Promise.reject(
              new MethodNotFoundRpcError(new Error(`${asked.method} is not passed on`), { method: asked.method }),
            )) as typeof made.request,
    };
  };
}
