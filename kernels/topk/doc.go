// Package topk selects the k largest of n scores: a router's experts, an
// indexer's cache rows.
//
// The order is total, so that every variant and every machine agrees: larger
// scores first; of equal ones the lowest index; NaN below everything, -Inf
// included. (-0 and +0 are equal.)
//
// Select orders what it finds, which is what routers need; a Selector returns a
// set by ascending index, which is what is read from a cache.
package topk
