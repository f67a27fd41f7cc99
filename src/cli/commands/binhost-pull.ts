import { pullPackages } from '../../app/binhost/transfer-packages.ts';
import { transferCommand } from '../transfer-command.ts';

/** `binfarm binhost pull`: from another binhost to the farm's. */
export const command = transferCommand({
  about:
    'Copies to the farm’s binhost what it does not have and a trusted key has signed: packages, several at a time, and then releases and channels. Run it again after an interruption: it goes on where it stopped.',
  examples: [
    'binfarm binhost pull https://software.example.org/binhost',
    'binfarm binhost pull --stack oci://registry.example.org/nova',
  ],
  takesInsecure: true,
  transfer: pullPackages,
});
