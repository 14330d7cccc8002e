/** The detector, asked about one photo after another: what is a photo's fault, and what its own. */
import type { FaceFinder } from './cut';

/** Photos in a row that the detector may fail on before it is the detector that is at fault, not the photos. */
const MOST_FAILURES = 5;
/** What the page says of a photo that is to blame itself. */
const PHOTO_AT_FAULT = /not a readable image|larger than/;

/** A detector that may fail on single photos, but not on one after another. */
export class PatientFinder implements FaceFinder {
  gaveUp: Error | null = null;
  #failures = 0;
  constructor(private readonly finder: FaceFinder) {}

  async findFaces(...photo: Parameters<FaceFinder['findFaces']>) {
    try {
      const found = await this.finder.findFaces(...photo);
      this.#failures = 0;
      return found;
    } catch (error) {
      const { message } = error as Error;
      if (!PHOTO_AT_FAULT.test(message) && ++this.#failures >= MOST_FAILURES)
        this.gaveUp ??= new Error(`the detector failed on ${MOST_FAILURES} photos in a row: ${message}`, {
          cause: error,
        });
      throw error;
    }
  }
}
