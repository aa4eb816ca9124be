/** Numbers in the order in which they came, in one typed array that grows. */
export class GrowingSample {
  #values = new Float64Array(8);
  #size = 0;

  push(value: number): void {
    if (this.#size === this.#values.length) {
      const larger = new Float64Array(this.#size * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#size++] = value;
  }

  all(): Float64Array {
    return this.#values.subarray(0, this.#size);
  }
}
