/**
 * Shares are parts per million of a payment; these are the limits of what an asset may grant.
 */

/** Parts per million of the whole. */
export const WHOLE_PPM = 1_000_000n
/** The greatest sum of relative shares of one asset. */
export const MAX_RELATIVES_PPM = 900_000n
/** The greatest sum of protocol fee, parents and floors of one asset. */
export const MAX_OBLIGATIONS_PPM = 900_000n
/** The greatest floor that a parent may newly ask. */
export const MAX_NEW_FLOOR_PPM = 200_000n
/** Generations of a floor that never ends. */
export const ALL_GENERATIONS = 255n
/** The greatest royalty of a resale, in basis points: a tenth (ERC-2981). */
export const MAX_ROYALTY_BPS = 1_000n
/** Basis points of the whole. */
export const WHOLE_BPS = 10_000n
