import { pushPackages } from '../../app/binhost/transfer-packages.ts';
import { transferCommand } from '../transfer-command.ts';

/** `binfarm binhost push`: from the farm's binhost to another one. */
export const command = transferCommand({
  about:
    'Copies from the farm’s binhost what the other one does not have: packages, several at a time, and then releases and channels. What is there is never replaced. Run it again after an interruption: it goes on where it stopped.',
  examples: [
    'binfarm binhost push oci://registry.example.org/nova',
    'binfarm binhost push /srv/binhost hepmc3 fastjet',
  ],
  transfer: pushPackages,
});
